"""From a group proposal to an opened network: the broker looks, the firms answer, names are shown
among those who said yes and to nobody else."""

from __future__ import annotations

import pytest

from bot.channels.layout import lay_out
from bot.channels.segments import count
from bot.channels.sms import CAPS as SMS
from storage import blocks
from storage import tables as t
from tests.conversation.invited import BROKER, NAMES, Story, begun, invited, proposed, urn
from tests.conversation.scene import Scene


@pytest.fixture
async def story(scene: Scene) -> Story:
    return await begun(scene)


@pytest.fixture
async def any_story(any_scene: Scene) -> Story:
    """The same on SQLite and on PostgreSQL."""
    return await begun(any_scene)


async def test_a_group_is_proposed_approved_agreed_to_and_opens_with_names_for_its_members(
    any_story: Story,
) -> None:
    story = any_story
    alert = await proposed(story)
    assert "6 workshops could become a group: Weaving and cloth (6); Gracias, Lempira" in alert
    assert "- many wish the same (I want more buyers)" in alert
    assert "First step together: show their work at a fair together" in alert
    assert "Missing: 1 more would be better" in alert
    await story.broker.says("1")

    asked = await story.firms[0].reads()
    assert "Rosa Paz would like to bring 6 workshops together" in asked
    assert "The others: Weaving and cloth, Gracias (5)" in asked
    assert "Joining costs nothing." in asked
    for phone in story.firms[:2]:
        assert "as soon as enough have said yes" in await phone.talks("yes", "show my number")
    assert await story.members() == set()
    opened = await story.firms[2].talks("1", "2")
    assert "your group is open. 3 said yes" in opened
    assert "Ana (Weaving and cloth, Gracias, Lempira) +50499000100" in opened

    to_ana = await story.firms[0].reads()
    assert "Carla (Weaving and cloth, Gracias, Lempira)" in to_ana
    assert "+50499000102" not in to_ana
    assert "Delia" not in to_ana
    assert await story.members() == {"Ana", "Bea", "Carla"}
    assert "is open with 3 workshops" in await story.broker.reads()
    assert (await story.proposal()).state == "opened"


async def test_a_later_yes_joins_and_is_announced_to_those_who_are_in(story: Story) -> None:
    await invited(story)
    for phone in story.firms[:3]:
        await phone.talks("yes", "2")
    await story.all_read()
    late = await story.firms[3].talks("yes", "1")
    assert "your group is open. 4 said yes" in late
    for phone in story.firms[:3]:
        assert "Somebody more is in your group: Delia" in await phone.reads()
    assert await story.firms[4].reads() == ""
    assert await story.members() == {"Ana", "Bea", "Carla", "Delia"}


async def test_nobody_learns_that_somebody_declined_nor_who(story: Story) -> None:
    await invited(story)
    assert "stays with us" in await story.firms[5].says("no")
    late = await story.firms[4].reads()
    assert "bring 6 workshops together" in late
    for phone in story.firms[:3]:
        await phone.talks("yes", "2")
    await story.scene.pass_time(days=8)
    everything = [story.scene.all_said_to(urn(n)) for n in range(5)]
    everything.append(story.scene.all_said_to(BROKER))
    for said in everything[:5]:
        assert "Flor" not in said
        assert "declined" not in said
    assert "Flor" not in everything[5]
    assert (await story.states())["Flor"] == "no"


async def test_names_are_nowhere_before_three_said_yes(story: Story) -> None:
    await invited(story)
    for phone in story.firms[:2]:
        await phone.talks("yes", "1")
    for number in range(6):
        said = story.scene.all_said_to(urn(number))
        for other, name in enumerate(NAMES):
            if other != number:
                assert name not in said
                assert f"9900010{other}" not in said


async def test_whoever_wants_only_people_they_know_comes_in_when_one_of_these_is_in(
    story: Story,
) -> None:
    async with story.scene.database.begin() as db:
        await blocks.know(db, (await story.firm(3)).id, (await story.firm(2)).id, story.scene.now)
    await invited(story)
    for number in (3, 4):
        await story.firms[number].talks("only with people I know", "2")
    for number in (0, 1):
        await story.firms[number].talks("yes", "2")
    assert await story.members() == set()
    await story.firms[2].talks("yes", "2")
    assert await story.members() == {"Ana", "Bea", "Carla", "Delia"}
    await story.scene.pass_time(days=8)
    assert "did not come about in 7 days" in await story.firms[4].reads()


async def test_after_seven_days_it_lapses_and_says_so(any_story: Story) -> None:
    story = any_story
    await invited(story)
    await story.firms[0].talks("yes", "2")
    await story.scene.pass_time(days=8)
    assert "did not come about in 7 days" in await story.firms[0].reads()
    assert "7 days are over, so the invitation lapsed" in await story.firms[1].reads()
    assert "did not come about" in await story.broker.reads()
    assert (await story.proposal()).state == "lapsed"
    assert "What would you like to do?" in await story.firms[1].says("hello")


async def test_a_not_with_said_after_the_proposal_keeps_two_apart_silently(story: Story) -> None:
    await proposed(story)
    async with story.scene.database.begin() as db:
        await blocks.block(db, (await story.firm(0)).id, (await story.firm(1)).id, story.scene.now)
    await story.broker.says("1")
    assert (await story.states())["Ana"] == "dropped"
    assert await story.firms[0].reads() == ""
    assert "bring 5 workshops" in await story.firms[1].reads()


async def test_a_not_with_said_after_the_invitation_keeps_two_apart_silently(
    story: Story,
) -> None:
    await invited(story)
    for phone in story.firms[:2]:
        await phone.talks("yes", "2")
    async with story.scene.database.begin() as db:
        await blocks.block(db, (await story.firm(2)).id, (await story.firm(0)).id, story.scene.now)
    await story.firms[2].talks("yes", "2")
    assert await story.members() == set()
    await story.firms[3].talks("yes", "2")
    inside = await story.members()
    assert len(inside) == 3
    assert not {"Ana", "Carla"} <= inside


async def test_who_stopped_is_frozen_or_erased_is_not_asked(story: Story) -> None:
    await proposed(story)
    await story.firms[0].says("stop")
    await story.firms[1].talks("delete", "yes")
    await story.broker.says("1")
    states = await story.states_of_all()
    assert sorted(states) == ["dropped", "invited", "invited", "invited", "invited", "lapsed"]


async def test_erasing_while_it_is_open_leaves_the_others_their_group(any_story: Story) -> None:
    story = any_story
    await invited(story)
    for phone in story.firms[:2]:
        await phone.talks("yes", "2")
    await story.firms[0].talks("delete", "yes")
    await story.firms[2].talks("yes", "2")
    assert await story.count_members() == 0
    opened = await story.firms[3].talks("yes", "2")
    assert "3 said yes" in opened
    assert "Ana" not in opened


CRAFTS = ("weaving", "garments", "pottery", "furniture", "footwear", "bakery")


@pytest.mark.parametrize("language", ["en", "es", "fr", "sw"])
async def test_what_a_group_of_many_crafts_asks_by_sms_takes_two_segments_at_most(
    scene: Scene, language: str
) -> None:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    for n in range(6):
        await scene.lives(urn(n), NAMES[n], craft=CRAFTS[n], place="San Marcos de Caiquín")
    async with scene.database.begin() as db:
        await db.execute(t.contacts.update().values(language=language))
    await broker.says("groups")
    await broker.says("1")
    asked = [*scene.said_to(urn(0)), scene.said_to(BROKER)[-2]]
    assert len(asked) == 2
    for reply in asked:
        (part,) = lay_out(reply, SMS)
        assert count(part.text).segments <= 2
        assert "…" not in part.text


async def test_the_broker_of_a_group_may_leave_and_the_group_opens_all_the_same(
    story: Story,
) -> None:
    await invited(story)
    await story.broker.talks("delete", "yes")
    for phone in story.firms[:3]:
        await phone.talks("yes", "2")
    assert await story.members() == {"Ana", "Bea", "Carla"}
    await story.scene.pass_time(days=8)
    assert "the invitation lapsed" in await story.firms[4].reads()
