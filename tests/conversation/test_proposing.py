"""What a broker does with a group proposal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import weekly
from bot.media import Keeper
from bot.pipeline.coordination import Memory
from bot.pipeline.parts import Pipeline
from bot.policy import DEFAULTS
from networks.workload import Limits
from storage import roles
from storage import tables as t
from tests.conftest import DATABASE_KEY
from tests.conversation.invited import BROKER, Story, begun, proposed, urn
from tests.conversation.scene import Scene


@pytest.fixture
async def story(scene: Scene) -> Story:
    return await begun(scene)


@pytest.fixture
async def any_story(any_scene: Scene) -> Story:
    """The same on SQLite and on PostgreSQL."""
    return await begun(any_scene)


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
    marta = await scene.staff("tel:+50499000801", "Marta", "broker", "HN-FM")
    for _ in range(2):
        assert await weekly.look_for_groups(pipeline) == 2
        await scene.settle()
    async with scene.database.read() as db:  # so that who writes then waits for one look at most
        looks = select(t.inbox.c.due_at).where(t.inbox.c.external_id.startswith("groups:"))
        first, second = sorted((await db.execute(looks)).scalars())
    assert second - first == weekly.APART
    assert await marta.reads() == ""
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


async def test_who_is_no_broker_any_more_invites_nobody(story: Story) -> None:
    await proposed(story)
    async with story.scene.database.begin() as db:
        await roles.revoke(db, (await story.scene.contact(BROKER)).id, None, story.scene.now)
    assert "not for you" in await story.broker.says("1")
    assert (await story.proposal()).state == "proposed"
