"""After two were connected: wishes for the first meeting, worries, and what they did together."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from networks.workload import Limits
from storage import tables as t
from tests.conversation.scene import Phone, Scene
from tests.conversation.test_braking import limited

ANA, BEA, BROKER = "tel:+50499000001", "tel:+50499000002", "tel:+50499000009"
CHIEF, EAR = "tel:+50499000007", "tel:+50499000006"


@dataclass
class Story:
    scene: Scene
    ana: Phone
    bea: Phone
    broker: Phone
    chief: Phone


@pytest.fixture
async def story(any_scene: Scene) -> Story:
    scene = any_scene
    chief = await scene.staff(CHIEF, "Inés", "coordinator")
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    bea = await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    return Story(scene, ana, bea, broker, chief)


async def connected(story: Story) -> None:
    await story.ana.talks("partners", "1")
    await story.broker.says("1")
    await story.bea.talks("yes", "2")
    await story.ana.talks("yes", "2")
    await story.bea.reads()


async def test_who_wishes_the_broker_at_the_first_meeting_has_both_told_but_not_whose_wish_it_is(
    story: Story,
) -> None:
    saved = await story.bea.talks(
        "settings", "How I meet people", "With the broker", "yes", "no", "yes"
    )
    assert "It is changed" in saved
    assert "Wishes for a woman as broker" in await story.bea.says("profile")
    await story.scene.pass_time(hours=1)
    await connected(story)
    for urn in (ANA, BEA):
        said = story.scene.all_said_to(urn)
        assert "Rosa Paz comes to your first meeting." in said
        assert "Meet in a public place first" in said
    told = await story.broker.reads() + story.scene.all_said_to(BROKER)
    assert "Ana and Beatriz wish you at their first meeting" in told


async def test_nothing_is_wished_unless_it_was_said(story: Story) -> None:
    assert (await story.scene.contact(ANA)).wishes is None
    await connected(story)
    assert "comes to your first meeting" not in story.scene.all_said_to(ANA)


async def test_a_worry_after_seven_days_reaches_the_coordinator_and_never_the_broker(
    story: Story,
) -> None:
    await connected(story)
    await story.broker.reads()
    await story.scene.pass_time(days=7, hours=2)
    assert "Was anything wrong?" in await story.ana.reads()
    assert "REPORT" in await story.ana.talks("yes", "He shouted at me")
    heard = await story.chief.reads()
    assert "Something was wrong after a meeting." in heard
    assert "He shouted at me" in heard
    assert "shouted" not in await story.broker.says("queue")
    assert "shouted" not in story.scene.all_said_to(BROKER) + story.scene.all_said_to(BEA)
    assert "confides something" in await story.chief.says("queue")


async def test_no_worry_makes_nothing_of_it(story: Story) -> None:
    await connected(story)
    await story.scene.pass_time(days=7, hours=2)
    await story.ana.reads()
    assert "We are glad" in await story.ana.says("no")
    assert "wrong" not in story.scene.all_said_to(CHIEF)


async def actions(scene: Scene) -> list[tuple[str, int, str]]:
    async with scene.database.read() as db:
        query = select(t.joint_actions).order_by(t.joint_actions.c.id)
        rows = (await db.execute(query)).all()
    return [(row.kind, row.asked_after, row.state) for row in rows]


async def test_each_is_asked_after_thirty_and_ninety_days_what_they_did_together(
    story: Story,
) -> None:
    await connected(story)
    await story.scene.pass_time(days=7, hours=2)
    await story.ana.says("no")
    await story.bea.says("no")
    await story.scene.pass_time(days=23)
    assert "Have you done something together" in await story.ana.reads()
    await story.ana.talks("yes", "We bought together", "40 kilos of yarn")
    assert await actions(story.scene) == [("bought", 30, "reported")]
    await story.bea.reads()
    await story.bea.talks("yes", "1", "skip")
    assert {state for _, _, state in await actions(story.scene)} == {"agreed"}
    await story.scene.pass_time(days=60)
    assert "Have you done something together" in await story.ana.reads()
    await story.ana.says("no")
    assert ("none", 90, "reported") in await actions(story.scene)


async def test_a_tenth_is_put_to_the_broker_whose_word_counts(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.afterwards.is_checked", lambda action_id: True)
    await connected(story)
    await story.scene.pass_time(days=7, hours=2)
    await story.ana.says("no")
    await story.scene.pass_time(days=23)
    await story.ana.reads()
    await story.broker.reads()
    await story.ana.talks("yes", "1", "yarn")
    asked = await story.broker.reads()
    assert "Ana says of the time with Beatriz" in asked
    assert "We bought together: “yarn”" in asked
    await story.broker.says("1")
    assert await actions(story.scene) == [("bought", 30, "confirmed")]
    assert "Rosa Paz: confirmed 1" in await story.chief.says("week")


async def test_a_word_on_what_was_done_counts_among_the_few_of_a_day_and_stands_in_the_queue(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.afterwards.is_checked", lambda action_id: True)
    limited(story.scene, Limits(alerts_a_day=1))
    await connected(story)
    await story.scene.pass_time(days=7, hours=2)
    await story.ana.says("no")
    await story.scene.pass_time(days=23)
    await story.ana.reads()
    await story.bea.says("help")
    await story.broker.reads()
    await story.ana.talks("yes", "1", "yarn")
    assert await story.broker.reads() == ""
    queue = await story.broker.says("queue")
    assert "Done together? Ana and Beatriz" in queue
    assert "Ana says of the time with Beatriz" in await story.broker.says("2")
    await story.broker.says("Ask me later")
    await story.scene.pass_time(days=2)
    assert "Ana says of the time" not in await story.broker.reads()
    await story.scene.pass_time(days=1, hours=2)
    assert "Ana says of the time with Beatriz" in await story.broker.reads()


async def test_a_complaint_is_read_by_who_was_named_for_it_and_by_no_broker(story: Story) -> None:
    ear = await story.scene.staff(EAR, "Doña Luz", "confidant")
    asked = await story.ana.says("complain")
    assert "Doña Luz reads it, and your broker does not." in asked
    assert "Doña Luz answers you by" in await story.ana.says("Rosa never answers me")
    heard = await ear.reads()
    assert "Rosa never answers me" in heard
    assert "A complaint." in heard
    for urn in (BROKER, CHIEF):
        assert "never answers" not in story.scene.all_said_to(urn)
    assert "never answers" not in await story.broker.says("queue")
    await ear.says("later")
    await ear.talks("tell", "1", "I will talk to her")
    assert "I will talk to her" in await story.ana.reads()
    assert "It is settled" in await ear.talks("queue", "1")
    await ear.says("1")
    assert "Nothing waits" in await ear.says("queue")


async def test_without_anybody_named_a_coordinator_who_is_no_broker_reads_complaints(
    story: Story,
) -> None:
    await story.chief.says(await story.scene.invited("broker", "HN-LE"))
    other = await story.scene.staff(EAR, "Marco", "coordinator")
    assert "Marco reads it" in await story.ana.says("complain")
    await story.ana.says("Nobody answers")
    assert "Nobody answers" in await other.reads()
    assert "Nobody answers" not in story.scene.all_said_to(CHIEF)
