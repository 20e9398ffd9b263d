"""What somebody wishes for their safety is kept: in groups, by whom they are asked, and when two
meet for the first time."""

from __future__ import annotations

from sqlalchemy import select

from storage import contacts, proposals
from storage import tables as t
from tests.conversation.invited import BROKER, NAMES, Story, begun, urn
from tests.conversation.scene import Scene

SECOND, ANA, BEA = "tel:+50499000008", "tel:+50499000001", "tel:+50499000002"


async def wishes(scene: Scene, whose: str, **wished: object) -> None:
    async with scene.database.begin() as db:
        await contacts.change(db, (await scene.contact(whose)).id, wishes=wished)


async def grouped(story: Story) -> list[set[str]]:
    """Who is in each proposal, by name."""
    async with story.scene.database.read() as db:
        ids = (await db.execute(select(t.proposals.c.id))).scalars().all()
        firms = [await proposals.firms_of(db, one) for one in ids]
    named = {(await story.firm(n)).id: NAMES[n] for n in range(story.count)}
    return [{named[firm] for firm in found} for found in firms]


async def test_who_wishes_women_only_is_proposed_with_women_only(scene: Scene) -> None:
    story = await begun(scene, firms=6)
    await wishes(scene, urn(0), women_only=True)
    for number in (1, 2):
        await wishes(scene, urn(number), woman=True)
    await story.broker.says("groups")
    found = await grouped(story)
    with_ana = [group for group in found if "Ana" in group]
    assert with_ana == [{"Ana", "Bea", "Carla"}]
    assert all(group <= {"Delia", "Elsa", "Flor"} for group in found if "Ana" not in group)


async def test_alone_with_that_wish_somebody_is_in_no_group_and_the_others_are(
    scene: Scene,
) -> None:
    story = await begun(scene, firms=5)
    await wishes(scene, urn(0), women_only=True)
    await story.broker.says("groups")
    (group,) = await grouped(story)
    assert group == {"Bea", "Carla", "Delia", "Elsa"}


async def test_a_wish_said_after_the_proposal_is_kept_when_firms_are_invited(scene: Scene) -> None:
    story = await begun(scene, firms=5)
    await story.broker.says("groups")
    await wishes(scene, urn(0), women_only=True)
    await story.broker.says("1")
    states = await story.states()
    assert states["Ana"] == "dropped"
    assert set(states.values()) == {"dropped", "invited"}


async def test_a_man_is_not_offered_for_a_group_of_women(scene: Scene) -> None:
    story = await begun(scene, firms=5)
    for number in range(3):
        await wishes(scene, urn(number), women_only=True)
    await wishes(scene, urn(3), woman=True)
    await story.broker.says("groups")
    assert {frozenset(one) for one in await grouped(story)} == {
        frozenset({"Ana", "Bea", "Carla", "Delia"})
    }
    await story.broker.says("add others")
    assert "Elsa" not in story.scene.all_said_to(BROKER)


async def test_who_wishes_a_woman_as_broker_is_looked_after_by_her(scene: Scene) -> None:
    man = await scene.staff(BROKER, "Luis", "broker", "HN-LE")
    woman = await scene.staff(SECOND, "Rosa", "broker", "HN-LE")
    await woman.talks("settings", "How I meet people", "1", "no", "no", "yes")
    await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    await wishes(scene, ANA, woman_broker=True)
    await ana.talks("partners", "1")
    assert "Ana (Weaving and cloth, Gracias, Lempira) would like to meet" in await woman.reads()
    await ana.says("help")
    assert "Ana asks for help" in await woman.says("queue")
    assert "Ana" not in await man.reads()


async def test_where_there_is_no_woman_somebody_looks_after_her_all_the_same(scene: Scene) -> None:
    man = await scene.staff(BROKER, "Luis", "broker", "HN-LE")
    ana = await scene.lives(ANA, "Ana")
    await wishes(scene, ANA, woman_broker=True)
    await ana.says("help")
    assert "Ana" in await man.reads()


async def test_a_woman_finds_the_group_of_who_wishes_her_as_broker(scene: Scene) -> None:
    story = await begun(scene, firms=5)
    woman = await scene.staff(SECOND, "Rosa", "broker", "HN-LE")
    await wishes(scene, SECOND, woman=True)
    for number in range(3):
        await wishes(scene, urn(number), woman_broker=True)
    assert "No new group" in await story.broker.says("groups")
    assert "New groups to look at: 1." in await woman.says("groups")


async def test_how_the_first_meeting_is_stands_in_what_both_are_asked(scene: Scene) -> None:
    broker = await scene.staff(BROKER, "Luis", "broker", "HN-LE")
    bea = await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    await wishes(scene, BEA, meeting="broker")
    await ana.talks("partners", "1")
    await broker.says("1")
    for phone in (ana, bea):
        assert "First meeting with Luis." in await phone.reads()


async def test_without_a_wish_the_first_meeting_is_in_public(scene: Scene) -> None:
    broker = await scene.staff(BROKER, "Luis", "broker", "HN-LE")
    bea = await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    await ana.talks("partners", "1")
    await broker.says("1")
    for phone in (ana, bea):
        assert "First meeting in public." in await phone.reads()
