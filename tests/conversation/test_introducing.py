"""Two who could work together: asked for, approved, agreed to, and only then told who it is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import update

from storage import enterprises, introductions, roles
from storage import tables as t
from tests.conversation.scene import Phone, Scene, words

ANA, BEA, BROKER = "tel:+50499000001", "tel:+50499000002", "tel:+50499000009"


@dataclass
class Story:
    scene: Scene
    ana: Phone
    bea: Phone
    broker: Phone

    async def state(self) -> str:
        async with self.scene.database.read() as db:
            mine = await enterprises.of_contact(db, (await self.scene.contact(ANA)).id)
            assert mine is not None
            return (await introductions.of_enterprise(db, mine.id))[-1].state


@pytest.fixture
async def story(scene: Scene) -> Story:
    return await begun(scene)


@pytest.fixture
async def any_story(any_scene: Scene) -> Story:
    """The same on SQLite and on PostgreSQL."""
    return await begun(any_scene)


async def begun(scene: Scene) -> Story:
    broker = await scene.staff(BROKER, "Rosa Paz", "broker", "HN-LE")
    bea = await scene.lives(BEA, "Beatriz")
    ana = await scene.lives(ANA, "Ana")
    return Story(scene, ana, bea, broker)


async def asked(story: Story) -> None:
    """Ana asks to meet the one who was suggested to her."""
    assert "Weaving and cloth" in await story.ana.says("partners")
    assert "first ask a broker" in await story.ana.says("1")


async def approved(story: Story) -> None:
    await asked(story)
    await story.broker.says("1")


async def test_the_broker_approves_both_say_yes_and_each_gets_what_the_other_chose_to_show(
    any_story: Story,
) -> None:
    await asked(any_story)

    alert = await any_story.broker.reads()
    assert "Ana (Weaving and cloth, Gracias, Lempira) would like to meet Beatriz" in alert
    assert "both wish the same (I want more buyers)" in alert
    await any_story.broker.says("approve")

    news = await any_story.ana.reads()
    assert "Rosa Paz agrees" in news
    assert "Craft: Weaving and cloth" in news
    await any_story.ana.talks("yes", "show my number")
    assert "Would you like to meet?" in await any_story.bea.reads()
    to_bea = await any_story.bea.talks("1", "2")

    to_ana = await any_story.ana.reads()
    assert "you both said yes" in to_ana
    assert "Beatriz" in to_ana
    assert "+50499000002" not in to_ana
    assert "Write TELL" in to_ana
    assert "Ana" in to_bea
    assert "+50499000001" in to_bea
    assert await any_story.state() == "connected"


async def test_nothing_that_says_who_it_is_is_said_before_both_said_yes(any_story: Story) -> None:
    await approved(any_story)
    await any_story.ana.talks("yes", "1")
    for urn, name, number in ((ANA, "Beatriz", "99000002"), (BEA, "Ana", "99000001")):
        everything = "\n".join(words(reply) for reply in any_story.scene.said_to(urn))
        own = everything.replace("Thank you, Ana", "").replace("Thank you, Beatriz", "")
        assert name not in own
        assert number not in own
    seen_by_broker = "\n".join(words(reply) for reply in any_story.scene.said_to(BROKER))
    assert "99000001" not in seen_by_broker
    assert "99000002" not in seen_by_broker


async def test_who_declined_is_never_told(story: Story) -> None:
    await approved(story)
    await story.ana.talks("yes", "2")
    await story.bea.says("no")
    news = await story.ana.reads()
    assert "did not come about" in news
    assert "Beatriz" not in news
    assert "declined" not in news
    assert await story.state() == "declined"


async def test_the_others_open_question_goes_when_it_has_ended(story: Story) -> None:
    await approved(story)
    await story.bea.says("no")
    assert "did not come about" in await story.ana.reads()
    assert "What would you like to do?" in await story.ana.says("hello")


async def test_the_broker_declines_with_a_reason_that_only_the_programme_reads(
    story: Story,
) -> None:
    await asked(story)
    await story.broker.talks("decline", "They quarrelled last year")
    news = await story.ana.reads()
    assert "did not come about" in news
    assert "quarrelled" not in story.scene.all_said_to(ANA)
    assert await story.state() == "refused"
    assert "introduction" not in await story.bea.says("menu")


async def test_the_broker_looks_at_both_profiles_and_is_asked_again(story: Story) -> None:
    await asked(story)
    seen = await story.broker.says("look")
    assert "Sells most: hammocks and shawls" in seen
    assert "4. Ask me tomorrow" in seen
    assert "99000001" not in seen


async def test_what_the_broker_puts_off_comes_back_the_next_day(story: Story) -> None:
    await asked(story)
    await story.broker.says("4")
    assert "Nothing waits for you now" in await story.broker.says("queue")
    await story.scene.pass_time(days=1, hours=12)
    assert "would like to meet" in await story.broker.reads()


async def test_a_second_broker_hears_who_took_it(story: Story) -> None:
    second = await story.scene.staff("tel:+50499000008", "Luis", "broker", "HN-LE")
    await asked(story)
    assert await second.reads() == ""
    await second.talks("queue", "1")
    await story.broker.says("1")
    assert await second.says("approve") == "This was taken by Rosa Paz."


async def test_nobody_answers_for_seven_days_and_it_lapses_and_says_so(any_story: Story) -> None:
    await approved(any_story)
    await any_story.ana.talks("yes", "1")
    await any_story.bea.reads()
    await any_story.scene.pass_time(days=8)
    assert "it lapsed" in await any_story.ana.reads()
    assert "Seven days are over" in await any_story.bea.reads()
    assert await any_story.state() == "lapsed"


async def test_what_no_broker_answers_for_three_days_goes_to_the_coordinators(
    story: Story,
) -> None:
    chief = await story.scene.staff("tel:+50499000007", "Inés", "coordinator")
    await asked(story)
    assert await chief.reads() == ""
    await story.scene.pass_time(days=3, hours=12)
    assert "would like to meet" in await chief.reads()
    await chief.says("1")
    assert await story.state() == "approved"


async def test_the_broker_asks_one_of_the_two_and_hears_the_answer(story: Story) -> None:
    await asked(story)
    await story.broker.talks("ask one of them", "2", "Do you travel to Gracias?")
    assert "Do you travel to Gracias?" in await story.bea.reads()
    await story.bea.says("Every Saturday")
    assert "Beatriz answers: Every Saturday" in await story.broker.reads()
    assert "Every Saturday" not in story.scene.all_said_to(ANA)


async def test_what_a_broker_hands_over_goes_to_another(story: Story) -> None:
    second = await story.scene.staff("tel:+50499000008", "Luis", "broker", "HN-LE")
    await asked(story)
    await story.broker.says("hand it over")
    assert "would like to meet" in await second.reads()


async def test_the_same_two_are_not_asked_about_twice(story: Story) -> None:
    await asked(story)
    assert "nobody near you fits" in await story.ana.says("partners")


async def test_an_alert_waits_until_its_owner_has_finished_what_they_were_doing(
    story: Story,
) -> None:
    await story.broker.says("settings")
    await asked(story)
    assert await story.broker.reads() == ""
    answer = await story.broker.talks("when you write to me", "any time")
    assert "It is changed." in answer
    assert "would like to meet" in answer


async def test_an_alert_comes_by_itself_once_a_question_was_left_open_for_half_an_hour(
    story: Story,
) -> None:
    await story.broker.says("announce")
    await story.broker.says("join")
    await asked(story)
    assert await story.broker.reads() == ""
    await story.scene.pass_time(minutes=25)
    assert await story.broker.reads() == ""
    await story.scene.pass_time(minutes=6)
    assert "would like to meet" in await story.broker.reads()
    assert "What do you make?" in await story.broker.talks("decline", "too far apart")


async def test_a_question_that_has_not_gone_out_is_not_answered_by_what_is_written(
    story: Story,
) -> None:
    await asked(story)
    async with story.scene.database.begin() as db:
        held = update(t.outbox).where(t.outbox.c.purpose == "approval")
        await db.execute(held.values(state="waiting"))
    answer = await story.broker.says("1")
    assert "Ana (Weaving and cloth, Gracias, Lempira) would like to meet" in answer
    assert await story.state() == "proposed"
    await story.broker.says("1")
    assert await story.state() == "approved"


async def test_nothing_is_asked_at_night(story: Story) -> None:
    await story.scene.pass_time(hours=14)
    await asked(story)
    assert await story.broker.reads() == ""
    await story.scene.pass_time(hours=9)
    assert "would like to meet" in await story.broker.reads()


async def test_an_artisan_sees_where_it_is_and_who_has_it(story: Story) -> None:
    await approved(story)
    where = await story.ana.says("where")
    assert "to meet: Weaving and cloth" in where
    assert "Rosa Paz" in where
    assert "Since Monday, November 23" in where


async def test_an_artisan_sees_who_has_it_while_the_broker_has_not_answered(story: Story) -> None:
    await asked(story)
    assert "Who has it: Rosa Paz" in await story.ana.says("where")


async def test_who_is_no_broker_any_more_approves_nothing(story: Story) -> None:
    await asked(story)
    async with story.scene.database.begin() as db:
        await roles.revoke(db, (await story.scene.contact(BROKER)).id, None, story.scene.now)
    assert "not for you" in await story.broker.says("approve")
    assert await story.state() == "proposed"
