"""Who works only with people they know says whom: by a code from hand to hand."""

from __future__ import annotations

import re

from sqlalchemy import select

from storage import tables as t
from tests.conversation.invited import begun, proposed
from tests.conversation.scene import Phone, Scene

ANA, BEA, EVA = (f"tel:+5049900000{n}" for n in (1, 2, 3))


def code_in(text: str) -> str:
    found = re.search(r"KNOW (\d{8})", text)
    assert found is not None, text
    return found[1]


async def knows_nobody(scene: Scene) -> tuple[Phone, str]:
    """Ana, who works only with people she knows, and her code."""
    ana = await scene.registers(ANA, "Ana", willing="only people I know")
    told = scene.all_said_to(ANA)
    assert "We show you only people you know." in told
    assert "nobody near you fits" not in told
    return ana, code_in(told)


async def test_who_knows_her_writes_her_code_and_is_shown_to_her(any_scene: Scene) -> None:
    ana, code = await knows_nobody(any_scene)
    bea = await any_scene.registers(BEA, "Bea")
    assert "could work with you" not in await bea.says("partners")
    await ana.reads()
    assert "You know each other here: Weaving and cloth" in await bea.says(f"know {code}")
    news = await ana.reads()
    assert "Somebody wrote your code" in news
    assert "These people could work with you" in news
    assert "Bea" not in news
    assert "Whom would you like to meet" in await ana.says("partners")


async def test_it_is_said_once_and_may_be_written_with_a_space(scene: Scene) -> None:
    ana, code = await knows_nobody(scene)
    bea = await scene.registers(BEA, "Bea")
    for written in (f"KNOW {code[:4]} {code[4:]}", f"i know {code}"):
        assert "You know each other here" in await bea.says(written)
    assert scene.all_said_to(ANA).count("Somebody wrote your code") == 1
    assert code_in(await ana.says("know")) == code


async def test_a_wrong_code_ones_own_and_that_of_one_kept_apart_are_answered_alike(
    scene: Scene,
) -> None:
    ana, code = await knows_nobody(scene)
    bea = await scene.registers(BEA, "Bea")
    await bea.says(f"know {code}")
    await ana.talks("not with", "1")
    wrong = "Nobody here has this code."
    assert wrong in await bea.says(f"know {code}")
    assert wrong in await ana.says(f"know {code}")
    assert wrong in await bea.says("know 10000000")
    for _ in range(3):
        assert wrong in await bea.says("know 10000001")
    assert "too many codes" in await bea.says("know 10000001")


async def test_a_code_is_erased_with_whom_it_leads_to(scene: Scene) -> None:
    ana, code = await knows_nobody(scene)
    bea = await scene.registers(BEA, "Bea")
    await ana.talks("delete", "yes")
    assert "Nobody here has this code" in await bea.says(f"know {code}")
    async with scene.database.read() as db:
        assert (await db.execute(select(t.knowings.c.other_id))).all() == []


async def test_a_group_is_proposed_with_whoever_knows_one_of_it(scene: Scene) -> None:
    story = await begun(scene)
    _, code = await knows_nobody(scene)
    await story.firms[0].says(f"know {code}")
    await story.all_read()
    assert "7 workshops could become a group" in await proposed(story)
