"""Whole lives of groups, played from files, on the channels people have."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import held
from tests.conversation.play import Play, play
from tests.conversation.scene import Scene

PLAYS = Path(__file__).parent.parent / "plays"
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


@pytest.fixture
def its_language(any_scene: Scene) -> str:
    """What is played where both databases are: English on SQLite, Spanish on PostgreSQL."""
    return "en" if any_scene.database.sqlite else "es"


async def played(scene: Scene, name: str, language: str, channel: str = "") -> Play:
    return await play(scene, PLAYS / f"{name}_{language}.txt", channel)


async def test_honduran_metalworkers_come_to_manage_themselves_on_three_channels(
    any_scene: Scene, its_language: str
) -> None:
    ended = await played(any_scene, "metalworkers", its_language)
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


async def test_what_a_broker_held_who_leaves_is_with_another(
    any_scene: Scene, its_language: str
) -> None:
    ended = await played(any_scene, "broker_leaves", its_language)
    assert "Los Hierros" not in ended.everything("Rosa").rpartition("Marta")[2]
    async with any_scene.database.read() as db:
        left = await held.by(db, (await any_scene.contact(ended.phones["Rosa"].urn)).id)
    assert left.count == 0
    assert (await ended.network()).broker_id is not None


async def test_on_a_shared_phone_nobody_reads_what_is_for_another(
    any_scene: Scene, its_language: str
) -> None:
    ended = await played(any_scene, "shared_phone", its_language)
    assert "Bea" not in ended.everything("Casa")


async def test_a_swindler_who_is_reported_reaches_nobody_and_is_put_out(
    any_scene: Scene, its_language: str
) -> None:
    ended = await played(any_scene, "swindler", its_language)
    assert await ended.members() == {"Ana", "Beto", "Carla"}
    assert (await any_scene.contact(ended.phones["Tono"].urn)).frozen_at is not None
