"""Whole lives of groups, played from files, on the channels people have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversation.play import Play, play
from tests.conversation.scene import Scene

PLAYS = Path(__file__).parent.parent / "plays"
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


async def played(scene: Scene, name: str, language: str, channel: str = "") -> Play:
    return await play(scene, PLAYS / f"{name}_{language}.txt", channel)


@LANGUAGES
async def test_honduran_metalworkers_come_to_manage_themselves_on_three_channels(
    any_scene: Scene, language: str
) -> None:
    ended = await played(any_scene, "metalworkers", language)
    assert (await ended.network()).stage == "self_managed"
    assert await ended.members() == {"Ana", "Beto", "Carla", "Dora"}
    assert ended.channels == {"sms", "telegram", "whatsapp"}


@LANGUAGES
async def test_honduran_metalworkers_come_to_manage_themselves_by_sms_alone(
    scene: Scene, language: str
) -> None:
    ended = await played(scene, "metalworkers", language, "sms")
    assert (await ended.network()).stage == "self_managed"
    assert ended.channels == {"sms"}


@LANGUAGES
async def test_eleven_hammock_makers_refuse_withdraw_and_stall(scene: Scene, language: str) -> None:
    ended = await played(scene, "hammocks", language)
    assert len(await ended.members()) == 10
    assert (await ended.network()).paused_at is not None
