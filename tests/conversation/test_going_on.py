"""After the registration: needs, the second layer, settings, being away."""

from __future__ import annotations

from storage import enterprises, needs
from tests.conversation.scene import Phone, Scene

ANA = "tel:+50499000001"


async def test_a_need_is_confirmed_in_ones_own_words_and_kept(scene: Scene, ana: Phone) -> None:
    right = await ana.talks("need", "dye at a fair price", "2")
    assert "“dye at a fair price”. Is that right?" in right
    assert "We have written down your need" in await ana.says("yes")
    async with scene.database.read() as db:
        mine = await enterprises.of_contact(db, (await scene.contact(ANA)).id)
        assert mine is not None
        kept = await needs.open_of(db, mine.id)
    assert [(need.category, need.words) for need in kept][-1] == ("inputs", "dye at a fair price")


async def test_the_second_layer_goes_on_where_it_was_left(scene: Scene, ana: Phone) -> None:
    first = await ana.says("profile")
    assert "Name: Ana" in first
    assert "Which materials do you buy" in first
    assert "PROFILE to go on" in await ana.talks("cotton yarn", "town", "no")
    again = await ana.says("profile")
    assert "Materials: cotton yarn" in again
    assert "Materials come from: The nearest town" in again
    assert "May we ask three more" in again
    done = await ana.talks(
        "yes", "two looms", "1", "20 hammocks", "yes", "1, 2", "no", "yes", "skip", "skip", "1"
    )
    assert "Your profile is complete" in done
    shown = await ana.says("profile")
    assert "Sells: At home or workshop, At the market" in shown
    assert "?" not in shown


async def test_settings_hold_from_now_on(scene: Scene, ana: Phone) -> None:
    await ana.talks("settings", "2", "evening")
    assert (await scene.contact(ANA)).hours == "16-21"
    await ana.talks("settings", "4", "2")
    assert (await scene.contact(ANA)).shows == "number"
    await ana.talks("settings", "fewer", "1, 3")
    assert (await scene.contact(ANA)).wants == ("announcements", "reminders")
    assert "SMS +50499000001" in await ana.talks("settings", "3")
    assert "It is changed" in await ana.says("1")


async def test_who_is_away_is_asked_nothing_until_the_day(scene: Scene, ana: Phone) -> None:
    assert "until Saturday, November 28" in await ana.says("away until 28 November 2026")
    bea = await scene.lives("tel:+50499000002", "Bea")
    broker = await scene.staff("tel:+50499000009", "Rosa", "broker")
    await bea.talks("partners", "1")
    await broker.says("approve")
    assert await ana.reads() == ""
    await scene.pass_time(days=4)
    assert await ana.reads() == ""
    await scene.pass_time(days=1)
    assert "Would you like to meet" in await ana.reads()


async def test_a_sentence_that_begins_like_a_command_is_an_answer_where_words_are_asked(
    ana: Phone,
) -> None:
    await ana.says("need")
    assert "Which of these is closest?" in await ana.says("away from town nobody buys")


async def test_away_ends_by_the_same_word(scene: Scene, ana: Phone) -> None:
    await ana.says("away 1 December 2026")
    assert "Welcome back" in await ana.says("away")
    assert (await scene.contact(ANA)).away_until is None
    assert "AWAY and the day" in await ana.says("away")


async def test_why_and_more_speak_of_those_who_were_shown(scene: Scene, ana: Phone) -> None:
    for number in range(4):
        await scene.lives(f"tel:+5049900010{number}", f"Weaver {number}")
    first = await ana.says("partners")
    assert "3. Weaving and cloth" in first
    assert "Nobody can pay to be shown" in await ana.says("why")
    await ana.says("nobody for now")
    others = await ana.says("more")
    assert "1. Weaving and cloth" in others
    assert "2. Weaving and cloth" not in others


async def test_unknown_words_of_somebody_registered_bring_the_menu(
    scene: Scene, ana: Phone
) -> None:
    assert "What would you like to do?" in await ana.says("blah blah")


async def test_a_broker_who_is_back_early_is_asked_what_waits_for_them(
    scene: Scene, ana: Phone
) -> None:
    bea = await scene.lives("tel:+50499000002", "Bea")
    broker = await scene.staff("tel:+50499000009", "Rosa", "broker")
    await broker.says("away 24 December 2026")
    await bea.talks("partners", "1")
    await scene.pass_time(days=1)
    assert await broker.reads() == ""
    back = await broker.says("away")
    assert "Welcome back" in back
    assert "would like to meet" in back
