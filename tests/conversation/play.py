"""Plays: transcripts with several people in one file, which anybody can write.

    language es
    broker   Rosa
    members  Ana Beto Carla
    stage    promotion

    Ana > red                what somebody writes
    Ana < Los Hierros        what has come to them since they last wrote
    Ana !< Beto              what has not
    ~ 3 days                 time goes by

Lines that begin with # are for the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Scene

LINE = re.compile(r"(?P<who>\S+) (?P<mark>>|<|!<) ?(?P<words>.*)")
TIME = re.compile(r"~ (?P<count>\d+) (?P<unit>minutes|hours|days)")


@dataclass
class Play:
    """A play being played: what each has read since they last wrote."""

    scene: Scene
    group: Group
    read: dict[str, str] = field(default_factory=dict)

    async def line(self, place: str, text: str) -> None:
        if found := TIME.fullmatch(text):
            await self.scene.pass_time(**{found["unit"]: float(found["count"])})
            return
        found = LINE.fullmatch(text)
        assert found is not None, f"{place}: not a line of a play: {text}"
        who, words = found["who"], found["words"]
        phone = self.group[who]
        if found["mark"] == ">":
            self.read[who] = await phone.says(words)
            return
        self.read[who] = self.read.get(who, "") + "\n" + await phone.reads()
        came = words in self.read[who]
        assert came == (found["mark"] == "<"), f"{place}: {text}\n{who} read:\n{self.read[who]}"


async def play(scene: Scene, path: Path, channels: tuple[str, ...]) -> Play:
    """Play a file to its end; the first line that is not so fails."""
    head: dict[str, str] = {}
    lines = [
        (f"{path.name}:{number}", text.strip())
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if text.strip() and not text.startswith("#")
    ]
    while lines and not LINE.fullmatch(lines[0][1]):
        name, _, value = lines.pop(0)[1].partition(" ")
        head[name] = value.strip()
    group = await founded(
        scene,
        *head["members"].split(),
        broker=head["broker"],
        language=head["language"],
        channels=channels,
        name=head.get("name", "Los Hierros"),
        craft=head.get("craft", "metal_structures"),
    )
    made = Play(scene, group)
    for place, text in lines:
        await made.line(place, text)
    return made
