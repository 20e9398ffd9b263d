"""Who declined is never told, to nobody, on no channel: whatever anybody is sent is held against
what they would have been sent had the answer been another one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import DATABASE_KEY
from tests.conversation.play import Play, play
from tests.conversation.scene import stage

CHANNELS = ("telegram", "whatsapp", "sms")
FIRMS = ("Ana", "Beto", "Carla", "Dora", "Elmer", "Flor")
GROUP = """
language en
broker   Rosa on telegram
firm     Ana on whatsapp
firm     Beto on sms
firm     Carla on telegram
firm     Dora on whatsapp
firm     Elmer on sms
firm     Flor on telegram
craft    metal_structures
place    Tegucigalpa, HN-FM, 14.08, -87.21

Rosa > groups
Rosa > 1
"""
PAIR = """
language en
broker   Rosa on telegram
firm     Ana on whatsapp
firm     Beto on sms
craft    weaving
place    Gracias, HN-LE, 14.59, -88.58

Ana > partners
Ana > 1
"""


@dataclass(frozen=True)
class Worlds:
    """Plays that differ in a few lines, each in a database of its own."""

    folder: Path
    template: Path

    async def played(self, script: str, channel: str) -> Play:
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        shutil.copyfile(self.template, folder / "artisan.db")
        path = folder / "play.txt"
        path.write_text(script)
        async with stage(f"sqlite+aiosqlite:///{folder}/artisan.db", DATABASE_KEY) as scene:
            return await play(scene, path, channel)


@pytest.fixture
def worlds(tmp_path: Path, sqlite_template: Path) -> Worlds:
    return Worlds(tmp_path, sqlite_template)


def says_yes(who: str, channel: str) -> str:
    """Yes, and through the chat; who has no number is not asked whether to show it."""
    asked = channel != "telegram" and not (not channel and who in ("Carla", "Flor"))
    return f"{who} > yes\n" + (f"{who} > 2\n" if asked else "")


def leaves(who: str, channel: str) -> str:
    """Keeps the other away for ever, or is erased; by SMS that would take a code."""
    if channel == "sms" or (not channel and who == "Beto"):
        return f"{who} > not with\n{who} > 1\n"
    return f"{who} > delete\n{who} > yes\n"


def names_in(play: Play, who: str) -> set[str]:
    """Of whom of the others somebody read the name."""
    read = play.everything(who)
    return {name for name in play.firms if name != who and name in read}


@pytest.mark.parametrize("channel", ["", "sms"])
@pytest.mark.parametrize("yes", [("Ana", "Beto", "Carla", "Dora"), ("Ana", "Beto")], ids=len)
async def test_a_group_reads_the_same_whether_somebody_declined_or_kept_silent(
    worlds: Worlds, channel: str, yes: tuple[str, ...]
) -> None:
    """Also the broker, and also after the last day, whether the group opened or not."""
    said = "".join(says_yes(who, channel) for who in yes)
    after = "~ 9 days\nAna > network\nRosa > queue\n"
    silent = await worlds.played(GROUP + said + after, channel)
    before = await worlds.played(GROUP + "Flor > no\n" + said + after, channel)
    late = await worlds.played(GROUP + said + "Flor > no\n" + after, channel)
    for declined in (before, late):
        assert "stays with us" in declined.everything("Flor")
        for who in ("Rosa", *FIRMS[:-1]):
            assert declined.everything(who) == silent.everything(who), who
    opened = len(yes) >= 3
    for who in FIRMS:
        inside = opened and who in yes
        assert names_in(before, who) == (set(yes) - {who} if inside else set())


@pytest.mark.parametrize("channel", ["", *CHANNELS])
async def test_who_is_declined_reads_what_they_would_read_had_it_been_another(
    worlds: Worlds, channel: str
) -> None:
    """Whether the broker said no, the other one, or something else kept the two apart."""
    approved = "Rosa > approve\n"
    yes = says_yes("Ana", channel)
    by_broker = await worlds.played(PAIR + "Rosa > decline\nRosa > too far\n", channel)
    by_other = await worlds.played(PAIR + approved + "Beto > no\n", channel)
    after_yes = await worlds.played(PAIR + approved + yes + "Beto > no\n", channel)
    left = await worlds.played(PAIR + approved + yes + leaves("Beto", channel), channel)
    for ended in (by_broker, by_other, after_yes, left):
        assert "did not come about" in ended.everything("Ana")
        assert "lapsed" not in ended.everything("Ana")
        assert not {"declin", "refus", "said no", "too far"} & set(_told(ended, "Ana"))
        for who in ("Ana", "Beto"):
            assert names_in(ended, who) == set()
            assert "50499000" not in ended.everything(who)
    last = {ended.everything("Ana").rpartition("\n\n")[2] for ended in (by_broker, by_other)}
    assert len(last) == 1
    assert after_yes.everything("Ana").endswith(last.pop())
    assert after_yes.everything("Ana") == left.everything("Ana")


@pytest.mark.parametrize("channel", ["", *CHANNELS])
async def test_who_was_asked_does_not_learn_that_the_asker_changed_their_mind(
    worlds: Worlds, channel: str
) -> None:
    yes = says_yes("Beto", channel)
    no = await worlds.played(PAIR + "Rosa > approve\n" + yes + "Ana > no\n", channel)
    gone = await worlds.played(PAIR + "Rosa > approve\n" + yes + leaves("Ana", channel), channel)
    assert "did not come about" in no.everything("Beto")
    assert no.everything("Beto") == gone.everything("Beto")
    assert names_in(no, "Beto") == names_in(no, "Ana") == set()


def _told(play: Play, who: str) -> list[str]:
    """Which telling words somebody read."""
    read = play.everything(who).casefold()
    return [word for word in ("declin", "refus", "said no", "too far") if word in read]
