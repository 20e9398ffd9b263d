"""`artisan audio`: which questions have no recording yet, and drafts of them by a machine.

A draft is for the ears of whoever records the real one: espeak-ng speaks, opusenc or ffmpeg makes
it a voice note. Both are programs of their own, asked for only here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.catalogues import Catalogues
from bot.clips import DRAFT, clips_of
from bot.house import House
from bot.settings import known_languages
from bot.usage import UsageError
from flows.library import Library
from flows.model import Flow, Picking, YesNo

VOICES: Mapping[str, str] = {
    "en": "en-029", "es": "es-419", "fr": "fr", "pt": "pt-br", "sw": "sw", "am": "am", "ar": "ar",
    "hi": "hi", "bn": "bn", "ur": "ur", "id": "id", "ht": "ht",
}  # fmt: skip
"""Language -> voice of espeak-ng; it has none for Hausa, Yoruba and Somali."""

SPEED = "135"  # words a minute: slower than it speaks by itself


def told(action: str, house: House, folder: Path, languages: Sequence[str]) -> Iterator[str]:
    """What is printed for `missing` and `draft`; of those offered where none are named. Raises
    UsageError."""
    unknown = [one for one in languages if one not in known_languages()]
    if unknown:
        raise UsageError(f"there is no language {unknown[0]}")
    do = draft if action == "draft" else missing
    yield from do(house.library, house.catalogues, folder, languages or house.settings.languages)


def prompts(library: Library, catalogues: Catalogues, language: str) -> Iterator[tuple[str, str]]:
    """What each question that may have a clip is called, and the words to be recorded."""
    translate = catalogues.translate(language)
    for flow in library:
        yield from _of(library.flow(flow.name, language, translate))


def _of(flow: Flow) -> Iterator[tuple[str, str]]:
    for step in flow.steps:
        if not step.audio:
            continue
        offers = step.offers if isinstance(step, Picking | YesNo) else ()
        lines = [step.text, *(f"{n}: {offer.label}." for n, offer in enumerate(offers, 1))]
        yield f"{flow.name}.{step.name}", "\n".join(lines)


def missing(
    library: Library, catalogues: Catalogues, folder: Path, languages: Sequence[str]
) -> Iterator[str]:
    """A line for each language, then a line for each recording it lacks with what is to be said."""
    for language in languages:
        wanted = dict(prompts(library, catalogues, language))
        found = list(clips_of(folder, language))
        recorded = {name for name, clip in found if not clip.draft}
        drafted = {name for name, clip in found if clip.draft} - recorded
        lacks = [name for name in wanted if name not in recorded]
        yield (
            f"{language}: {len(wanted) - len(lacks)} of {len(wanted)} recorded, "
            f"{len(drafted & set(wanted))} drafts."
        )
        for name in lacks:
            mark = " (draft)" if name in drafted else ""
            yield f"  {language}/audio/{name}.ogg{mark}: {' '.join(wanted[name].split())}"


def draft(
    library: Library, catalogues: Catalogues, folder: Path, languages: Sequence[str]
) -> Iterator[str]:
    """Make a draft of each recording that is missing; says what was made. Raises UsageError."""
    encode = _encoder()
    for language in languages:
        voice = VOICES.get(language.partition("_")[0])
        if voice is None:
            yield f"{language}: no voice; ask somebody to record."
            continue
        there = {name for name, _ in clips_of(folder, language)}
        made = 0
        for name, words in prompts(library, catalogues, language):
            if name not in there:
                path = folder / language / "audio" / f"{name}{DRAFT}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(_ogg(encode, _wave(voice, words)))
                made += 1
        yield f"{language}: {made} drafts made."


def _encoder() -> list[str]:
    if shutil.which("espeak-ng") is None:
        raise UsageError("espeak-ng is not here (apt-get install espeak-ng)")
    if shutil.which("opusenc"):
        return ["opusenc", "--quiet", "--bitrate", "16", "-", "-"]
    if shutil.which("ffmpeg"):
        return ["ffmpeg", "-loglevel", "error", "-i", "-", "-c:a", "libopus", "-b:a", "16k",
                "-f", "ogg", "-"]  # fmt: skip
    raise UsageError("neither opusenc nor ffmpeg is here (apt-get install opus-tools)")


def _wave(voice: str, words: str) -> bytes:
    return _ran(["espeak-ng", "-v", voice, "-s", SPEED, "--stdin", "--stdout"], words.encode())


def _ogg(encode: list[str], wave: bytes) -> bytes:
    return _ran(encode, wave)


def _ran(command: list[str], data: bytes) -> bytes:
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=60)  # noqa: S603 - our own words
    except (OSError, subprocess.SubprocessError):
        raise UsageError(f"{command[0]} could not make a draft") from None
    return done.stdout
