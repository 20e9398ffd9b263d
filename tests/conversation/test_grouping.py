"""From a group proposal to an opened network: the broker looks, the firms answer, names are shown
among those who said yes and to nobody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import weekly
from bot.media import Keeper
from bot.pipeline.coordination import Memory
from bot.pipeline.parts import Pipeline
from bot.policy import DEFAULTS
from networks.workload import Limits
from storage import blocks, enterprises, networks, proposals
from storage import tables as t
from storage.proposals import Proposal
from tests.conftest import DATABASE_KEY
from tests.conversation.scene import Phone, Scene

BROKER = "tel:+50499000009"
NAMES = ("Ana", "Bea", "Carla", "Delia", "Elsa", "Flor")


def urn(number: int) -> str:
    return f"tel:+5049900010{number}"


@dataclass
class Story:
    scene: Scene
    broker: Phone
    firms: list[Phone]

    async def proposal(self) -> Proposal:
        async with self.scene.database.read() as db:
            row = (await db.execute(select(t.proposals.c.id))).scalars().all()[-1]
            found = await proposals.by_id(db, row)
        assert found is not None
        return found

    async def firm(self, number: int) -> enterprises.Enterprise:
        async with self.scene.database.read() as db:
            mine = await enterprises.of_contact(db, (await self.scene.contact(urn(number))).id)
        assert mine is not None
        return mine

    async def states(self) -> dict[str, str]:
        async with self.scene.database.read() as db:
            found = await proposals.firms_of(db, (await self.proposal()).id)
        named = {(await self.firm(n)).id: name for n, name in enumerate(NAMES) if n < self.count}
        return {named[firm]: state for firm, state in found.items() if firm in named}

    @property
    def count(self) -> int:
        return len(self.firms)

    async def members(self) -> set[str]:
        async with self.scene.database.read() as db:
            row = (await db.execute(select(t.networks.c.id))).scalars().all()
            inside = [m.enterprise_id for m in await networks.members_of(db, row[0])] if row else []
        named = {(await self.firm(n)).id: name for n, name in enumerate(NAMES) if n < self.count}
        return {named[firm] for firm in inside if firm in named}

    async def states_of_all(self) -> list[str]:
        async with self.scene.database.read() as db:
            return list((await proposals.firms_of(db, (await self.proposal()).id)).values())

    async def count_members(self) -> int:
        async with self.scene.database.read() as db:
            return len((await db.execute(select(t.memberships.c.id))).all())

    async def all_read(self) -> None:
        for phone in (self.broker, *self.firms):
            await phone.reads()


async def begun(scene: Scene, firms: int = 6) -> Story:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    phones = [await scene.lives(urn(n), NAMES[n]) for n in range(firms)]
    story = Story(scene, broker, phones)
    await story.all_read()
    return story


@pytest.fixture
async def story(scene: Scene) -> Story:
    return await begun(scene)


@pytest.fixture
async def any_story(any_scene: Scene) -> Story:
    """The same on SQLite and on PostgreSQL."""
    return await begun(any_scene)


async def proposed(story: Story) -> str:
    answer = await story.broker.says("groups")
    assert "New groups to look at: 1." in answer
    return answer


async def invited(story: Story) -> None:
    await proposed(story)
    assert "each of them is asked" in await story.broker.says("1")


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


async def test_the_broker_sees_them_leaves_some_out_and_takes_others_in(story: Story) -> None:
    await proposed(story)
    seen = await story.broker.says("see the workshops")
    assert "- Ana (Weaving and cloth, Gracias, Lempira)" in seen
    assert "99000100" not in seen
    await story.scene.lives("tel:+50499000201", "Gina", craft="pottery")
    await story.broker.reads()
    names = await story.broker.says("leave some out")
    number = next(line.split(".")[0] for line in names.splitlines() if "Flor" in line)
    assert "5 workshops could become" in await story.broker.says(number)
    others = await story.broker.says("add others")
    assert "Gina, Gracias" in others
    assert "Flor, Gracias" in others
    gina = next(line.split(".")[0] for line in others.splitlines() if "Gina" in line)
    assert "6 workshops could become" in await story.broker.says(gina)
    await story.broker.says("approve")
    assert await story.firms[5].reads() == ""
    assert "bring 6 workshops" in story.scene.all_said_to("tel:+50499000201")


async def test_a_group_keeps_three_at_least(scene: Scene) -> None:
    story = await begun(scene, 3)
    await proposed(story)
    await story.broker.says("leave some out")
    answer = await story.broker.says("1")
    assert "A group needs 3 workshops at least." in answer
    assert "3 workshops could become" in answer


async def test_a_declined_group_is_not_proposed_again(story: Story) -> None:
    await proposed(story)
    assert "reason is kept" in await story.broker.talks("decline", "They live too far apart")
    assert "No new group fits just now" in await story.broker.says("groups")
    for number in range(6):
        assert "too far apart" not in story.scene.all_said_to(urn(number))


async def test_who_is_asked_about_one_group_is_in_no_other(story: Story) -> None:
    await proposed(story)
    second = await story.scene.staff("tel:+50499000008", "Luis", "broker", "HN-LE")
    assert "No new group fits just now" in await second.says("groups")


async def test_a_question_goes_to_one_of_them_and_the_answer_comes_back(story: Story) -> None:
    await proposed(story)
    people = await story.broker.says("ask one of them")
    number = next(line.split(".")[0] for line in people.splitlines() if "Ana" in line)
    sent = await story.broker.talks(number, "How many looms do you have?")
    assert "on its way" in sent
    assert "6 workshops could become" in sent
    asked = await story.firms[0].reads()
    assert "Rosa Paz asks you: “How many looms do you have?”" in asked
    assert "Rosa Paz gets your answer" in await story.firms[0].says("Three, and one is broken")
    assert "Ana answers: Three, and one is broken" in await story.broker.reads()


async def test_what_is_put_off_comes_back_and_what_is_handed_over_goes(story: Story) -> None:
    await proposed(story)
    assert "nobody else yet" in await story.broker.says("hand it over")
    assert "Nothing waits" in await story.broker.says("queue")
    await story.scene.pass_time(days=1, hours=2)
    assert "6 workshops could become" in await story.broker.reads()
    await story.broker.says("ask me tomorrow")
    await story.scene.pass_time(days=1, hours=2)
    assert "6 workshops could become" in await story.broker.reads()
    second = await story.scene.staff("tel:+50499000008", "Luis", "broker", "HN-LE")
    assert "ask somebody else" in await story.broker.says("hand over")
    assert "6 workshops could become" in await second.reads()


async def test_a_second_broker_who_answers_at_the_same_time_hears_who_took_it(
    story: Story,
) -> None:
    second = await story.scene.staff("tel:+50499000008", "Luis", "broker", "HN-LE")
    await proposed(story)
    await story.scene.pass_time(days=3, hours=2)
    assert "6 workshops could become" in await second.reads()
    await second.says("1")
    assert await story.broker.says("approve") == "This was taken by Luis."


async def test_what_no_broker_takes_goes_to_the_coordinator(story: Story) -> None:
    chief = await story.scene.staff("tel:+50499000007", "Inés", "coordinator")
    await proposed(story)
    await story.scene.pass_time(days=3, hours=2)
    assert "6 workshops could become" in await chief.reads()


async def test_each_brokers_area_is_looked_at_once_a_week(story: Story, tmp_path: Path) -> None:
    scene = story.scene
    keeper = Keeper(tmp_path, DATABASE_KEY)
    pipeline = Pipeline(scene.database, scene.house, {}, Memory(), keeper, lambda: scene.now)
    for _ in range(2):
        assert await weekly.look_for_groups(pipeline) == 1
        await scene.settle()
    assert (await story.broker.reads()).count("6 workshops could become a group") == 1
    await story.broker.says("decline")
    await story.broker.says("They live too far apart")
    await scene.pass_time(days=7)
    await weekly.look_for_groups(pipeline)
    await scene.settle()
    assert await story.broker.reads() == ""
    async with scene.database.read() as db:
        assert len((await db.execute(select(t.proposals.c.id))).all()) == 1


async def test_a_broker_holds_no_more_groups_than_they_carry(scene: Scene) -> None:
    one = replace(DEFAULTS, limits=Limits(groups=1))
    scene.house = replace(scene.house, settings=replace(scene.house.settings, policy=one))
    story = await begun(scene)
    await proposed(story)
    assert "as many groups as you can carry" in await story.broker.says("groups")


async def test_the_proposal_of_another_area_is_not_for_a_broker(story: Story) -> None:
    other = await story.scene.staff("tel:+50499000008", "Luis", "broker", "HN-CR")
    await proposed(story)
    assert "Nothing waits for you now" in await other.says("queue")
    assert "No new group fits" in await other.says("groups")
