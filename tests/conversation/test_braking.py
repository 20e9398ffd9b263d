"""One brake: what waits for a broker, what is never looked at, warnings among the alerts, and a
queue by worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot import wakes
from bot.messages import Wake
from bot.policy import DEFAULTS
from bot.settings import load
from networks.workload import Limits
from storage import alerts, networks, proposals, tables
from tests.conversation.grouped import founded
from tests.conversation.invited import begun, proposed
from tests.conversation.scene import Phone, Scene
from tests.conversation.test_handing_over import MARTA, staff

HEAD = "tel:+50499000802"


def limited(scene: Scene, limits: Limits) -> None:
    policy = replace(DEFAULTS, limits=limits)
    scene.house = replace(scene.house, settings=replace(scene.house.settings, policy=policy))


def test_what_a_broker_carries_is_the_queue_of_the_policy() -> None:
    given = {"DEMO": "1", "BROKER_CARRIES": "7"}
    assert load(given).policy.limits.queue == 7
    assert load({"DEMO": "1"}).policy.limits.queue == Limits().queue


async def test_a_broker_for_whom_too_much_waits_is_suggested_nothing_new(scene: Scene) -> None:
    limited(scene, Limits(queue=1))
    story = await begun(scene)
    await story.firms[0].says("help")
    assert "No new group" in await story.broker.says("groups")
    await story.broker.says("done")
    assert "New groups to look at: 1." in await story.broker.says("groups")


async def test_a_proposal_nobody_looks_at_passes_on_twice_and_lapses_with_its_firms_free(
    any_scene: Scene,
) -> None:
    scene = any_scene
    story = await begun(scene)
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-LE")
    head = await staff(scene, HEAD, "Inés", "coordinator")
    await proposed(story)
    for phone in (marta, head):
        await scene.pass_time(days=3, hours=2)
        assert "workshops could become a group" in await phone.reads()
    await scene.pass_time(days=3, hours=2)
    proposal = await story.proposal()
    assert proposal.state == "lapsed"
    async with scene.database.begin() as db:
        assert await proposals.taken(db, list(await proposals.firms_of(db, proposal.id))) == set()
        assert await alerts.about(db, "proposal", proposal.id) is None
    for phone in story.firms:
        assert await phone.reads() == ""


async def test_a_proposal_never_passes_on_to_who_holds_as_many_groups_as_they_may(
    scene: Scene,
) -> None:
    limited(scene, Limits(groups=1))
    story = await begun(scene)
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-LE")
    head = await staff(scene, HEAD, "Inés", "coordinator")
    await proposed(story)
    async with scene.database.begin() as db:
        busy = (await scene.contact(MARTA)).id
        await networks.found(db, [], scene.now, name="Marta's", broker_id=busy)
    await scene.pass_time(days=3, hours=2)
    assert await marta.reads() == ""
    assert "workshops could become a group" in await head.reads()
    assert (await story.proposal()).broker_id == (await scene.contact(HEAD)).id


async def test_who_holds_as_many_groups_as_they_may_approves_no_other(scene: Scene) -> None:
    limited(scene, Limits(groups=1))
    story = await begun(scene)
    marta = await staff(scene, MARTA, "Marta", "broker", "HN-LE")
    await proposed(story)
    async with scene.database.begin() as db:
        busy = (await scene.contact(MARTA)).id
        await networks.found(db, [], scene.now, name="Marta's", broker_id=busy)
        await db.execute(tables.alerts.update().values(holder_id=busy))
    await marta.says("queue")
    await marta.says("1")
    assert "You hold as many groups as you can carry" in await marta.says("approve")
    assert (await story.proposal()).state == "proposed"
    for phone in story.firms:
        assert await phone.reads() == ""


async def test_a_proposal_that_nobody_may_hold_lapses(scene: Scene) -> None:
    limited(scene, Limits(groups=1))
    story = await begun(scene)
    await staff(scene, HEAD, "Inés", "coordinator")
    await proposed(story)
    async with scene.database.begin() as db:
        chief = (await scene.contact(HEAD)).id
        await networks.found(db, [], scene.now, name="Inés's", broker_id=chief)
    await scene.pass_time(days=3, hours=2)
    assert (await story.proposal()).state == "lapsed"


async def stalls(scene: Scene, name: str, first: int) -> Phone:
    """A group that has been quiet for longer than its stage allows."""
    group = await founded(scene, "Ana", "Beto", "Carla", name=name)
    async with scene.database.begin() as db:
        long_ago = scene.now - timedelta(days=40)
        await networks.change(db, group.network_id, seen_at=long_ago)
        beto = (await scene.contact(f"tel:+504990001{first:02}")).id
        wake = Wake(beto, what="network_watch", subject=str(group.network_id))
        await wakes.post(db, [(f"watch:{name}", wake)], scene.now)
    await scene.settle()
    return group["Rosa"]


async def test_a_warning_is_asked_as_an_alert_and_answered_by_a_digit(scene: Scene) -> None:
    rosa = await stalls(scene, "Los Hierros", 1)
    asked = await rosa.reads()
    assert "Los Hierros: nothing has happened for 40 days" in asked
    assert "Members: 3" in await rosa.says("2")
    assert "Thank you" in await rosa.says("1")
    assert "Nothing waits" in await rosa.says("queue")


async def test_a_warning_counts_among_the_few_of_a_day(scene: Scene) -> None:
    limited(scene, Limits(alerts_a_day=1))
    group = await founded(scene, "Ana", "Beto", "Carla")
    await group["Ana"].says("help")
    assert "Ana" in await group["Rosa"].reads()
    async with scene.database.begin() as db:
        await networks.change(db, group.network_id, seen_at=scene.now - timedelta(days=40))
        beto = (await scene.contact("tel:+50499000102")).id
        wake = Wake(beto, what="network_watch", subject=str(group.network_id))
        await wakes.post(db, [("watch", wake)], scene.now)
    await scene.settle()
    assert "nothing has happened" not in await group["Rosa"].reads()
    queue = await group["Rosa"].says("queue")
    assert queue.index("asks for help") < queue.index("nothing has happened")
    assert "Groups: 1 of 12" in queue
    assert "Waiting: 2 of 40" in queue


async def test_a_warning_that_is_over_is_not_asked(scene: Scene) -> None:
    rosa = await stalls(scene, "Los Hierros", 1)
    await rosa.reads()
    await rosa.says("tomorrow")
    await rosa.says("group We meet on Monday")
    await scene.pass_time(days=1, hours=2)
    assert "nothing has happened" not in await rosa.reads()


async def test_a_warning_nobody_answers_reaches_the_coordinator(scene: Scene) -> None:
    head = await staff(scene, HEAD, "Inés", "coordinator")
    await staff(scene, MARTA, "Marta", "broker", "HN-FM")
    await stalls(scene, "Los Hierros", 1)
    await scene.pass_time(days=3, hours=2)
    assert "Los Hierros: nothing has happened for 43 days" in await head.reads()
    assert "nothing has happened" not in scene.all_said_to(MARTA)


async def test_the_week_shows_how_long_people_wait_for_each_broker(scene: Scene) -> None:
    story = await begun(scene)
    head = await staff(scene, HEAD, "Inés", "coordinator")
    await story.firms[0].says("help")
    await story.broker.reads()
    assert "answers after" not in await head.says("week")
    await scene.pass_time(hours=5)
    await story.broker.says("done")
    told = await head.says("week")
    assert "waiting 0 (days: 0); answers after 5 hours as a rule" in told


async def test_the_week_shows_what_each_broker_carries(scene: Scene) -> None:
    await founded(scene, "Ana", "Beto", "Carla")
    head = await staff(scene, HEAD, "Inés", "coordinator")
    assert "Groups: 1 of 12; Waiting: 0 of 40" in await head.says("week")
