"""What `artisan messages` says of each catalogue besides what is missing: whether `msgfmt` takes
it, what is wrong in it, and how long its messages are on each channel."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bot.catalogues import SOURCE, is_reviewed, path_of
from bot.checking import check
from bot.house import House
from bot.reach import CHANNELS, reach

WIDEST = 2
"""SMS segments that one message of a flow may take."""


def told(root: Path, house: House) -> Iterator[str]:
    """The lines of the report, by language."""
    yield from check(root)
    for language in house.settings.languages:
        if language != SOURCE:
            yield from _compiled(path_of(root / "locales", language))
        yield _measured(house, language)


def _compiled(path: Path) -> Iterator[str]:
    """What `msgfmt -c` has against a catalogue; nothing where the program is not there."""
    program = shutil.which("msgfmt")
    if program is None or not path.exists():
        return
    done = subprocess.run(  # noqa: S603  our own file, by a program found on the path
        [program, "-c", "-o", "/dev/null", str(path)], capture_output=True, text=True, check=False
    )
    yield from done.stderr.splitlines()


def _measured(house: House, language: str) -> str:
    """ "es: longest message telegram 311, whatsapp 311, sms 294 (2 segments)", and what is over."""
    rows = list(reach(house, [language], sorted(house.library.names)))
    longest = {
        channel: max(row.longest for row in rows if row.channel == channel) for channel in CHANNELS
    }
    by_sms = [row for row in rows if row.channel == "sms"]
    over = [f"{row.flow} ({row.widest})" for row in by_sms if row.widest > WIDEST]
    widest = max(row.widest for row in by_sms)
    lengths = ", ".join(f"{channel} {most}" for channel, most in longest.items())
    told = f"{language}: longest message {lengths} ({widest} segments)"
    if over:
        told += f"; over {WIDEST} segments: {', '.join(over)}"
    if language != SOURCE and not is_reviewed(house.catalogues.folder, language):
        told += "; read by no native speaker yet"
    return f"{told}."
