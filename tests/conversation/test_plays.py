"""Whole lives of groups, played from files, on the channels people have."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import networks
from tests.conversation.play import play
from tests.conversation.scene import Scene

PLAYS = Path(__file__).parent.parent / "plays"
MIXED = ("telegram", "whatsapp", "sms")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channels", [MIXED, ("sms",)], ids=["mixed", "sms"])
async def test_honduran_metalworkers_come_to_manage_themselves(
    scene: Scene, language: str, channels: tuple[str, ...]
) -> None:
    ended = await play(scene, PLAYS / f"metalworkers_{language}.txt", channels)
    assert (await ended.group.kept()).stage == "self_managed"


@pytest.mark.parametrize("language", ["en", "es"])
async def test_eleven_hammock_makers_refuse_withdraw_and_stall(scene: Scene, language: str) -> None:
    ended = await play(scene, PLAYS / f"hammocks_{language}.txt", MIXED)
    async with scene.database.read() as db:
        inside = await networks.members_of(db, ended.group.network_id)
    assert len(inside) == 10
    assert (await ended.group.kept()).paused_at is not None
