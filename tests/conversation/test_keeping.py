"""The plan, the history and open matters as a file to keep, where a channel carries one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.media import Keeper
from bot.messages import Attachment
from bot.papers import Papers
from storage import activities
from storage import tables as t
from tests.conftest import DATABASE_KEY
from tests.conversation.grouped import Group, founded
from tests.conversation.scene import Scene
from tests.conversation.test_handing_over import MARTA, hands_over, staff


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path, DATABASE_KEY)


async def planned(scene: Scene, keeper: Keeper, *channels: str) -> Group:
    scene.house = replace(scene.house, papers=Papers(keeper))
    group = await founded(scene, "Ana", "Beto", "Carla", channels=channels or ("telegram",))
    async with scene.database.begin() as db:
        await activities.add(
            db, group.network_id, "Buy iron", scene.now, owner_id=group.enterprises["Ana"],
            due=date(2026, 12, 4),
        )  # fmt: skip
    return group


def sent(scene: Scene, group: Group, name: str) -> list[Attachment]:
    return [one.media for one in scene.said_to(group[name].urn) if one.media is not None]


async def test_the_plan_comes_as_a_file_on_wish(scene: Scene, keeper: Keeper) -> None:
    group = await planned(scene, keeper)
    assert "As a file to keep" in await group["Ana"].says("plan")
    assert sent(scene, group, "Ana") == []
    assert "The plan of Los Hierros" in await group["Ana"].says("As a file to keep")
    (file,) = sent(scene, group, "Ana")
    async with scene.database.read() as db:
        (row,) = (await db.execute(select(t.media))).all()
    path = keeper.path(row.path)
    assert (file.kind, file.type, str(row.id)) == ("document", "application/pdf", file.id)
    assert path is not None
    assert path.read_bytes().startswith(b"%PDF-")
    ana = row.contact_id
    await group["Ana"].talks("delete", "1")
    async with scene.database.read() as db:
        (row,) = (await db.execute(select(t.media))).all()
    assert ana is not None
    assert row.erased_at is not None


async def test_on_sms_the_text_is_all(scene: Scene, keeper: Keeper) -> None:
    group = await planned(scene, keeper, "sms")
    assert "As a file" not in await group["Ana"].says("plan")
    await group["Ana"].talks("network", "what happened so far")
    assert "The group was founded" in scene.all_said_to(group["Ana"].urn)
    assert sent(scene, group, "Ana") == []


async def test_the_history_and_open_matters_come_as_a_file_too(
    scene: Scene, keeper: Keeper
) -> None:
    group = await planned(scene, keeper)
    assert "The group was founded" in await group["Beto"].talks("network", "what happened so far")
    assert len(sent(scene, group, "Beto")) == 1
    await group["Ana"].says("help")
    await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    await hands_over(group, "1")
    assert [one.media for one in scene.said_to(MARTA) if one.media] != []


async def test_nobody_outside_a_network_gets_its_plan(scene: Scene, keeper: Keeper) -> None:
    await planned(scene, keeper)
    ana = await scene.registers("telegram:77", "Eva")
    assert "in no group" in await ana.says("plan")
    assert [one.media for one in scene.said_to("telegram:77") if one.media] == []
