"""Flows are published without one that people are inside, or without an option that they chose:
nothing they write fails, and nothing they read is a name of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.messages import Wake, wake_json
from flows.library import Library
from flows.model import Flow, Question
from storage import contacts, ids, sessions, timers
from storage.sessions import Stored
from tests.conversation.scene import Phone, Scene

ANA = "tel:+50499000001"
WORDS = ("dye", "2", "MENU", "BACK", "SKIP", "HELP", "LANGUAGE", "START", "partners", "need")


def publish(scene: Scene, *, without: str) -> Library:
    """The flows but one; gives those that were there before."""
    before = scene.house.library
    kept = {name: flow for name, flow in before.flows.items() if name != without}
    scene.house = replace(scene.house, library=Library(kept))
    return before


def take_away(scene: Scene, flow: str, step: str, option: str) -> None:
    """Publish the flows without an option."""
    flows = dict(scene.house.library.flows)
    written = flows[flow].model_dump()
    for one in written["steps"]:
        if one["name"] == step:
            one["options"] = [kept for kept in one["options"] if kept["id"] != option]
    flows[flow] = Flow.model_validate(written)
    scene.house = replace(scene.house, library=Library(flows))


async def reads_spanish(scene: Scene) -> None:
    async with scene.database.begin() as db:
        await contacts.change(db, (await scene.contact(ANA)).id, language="es")


async def inside_need(scene: Scene, number: int) -> Phone:
    """Somebody registered, in the middle of saying what they need."""
    phone = await scene.lives(f"tel:+504990000{number:02}", f"Ana {number}")
    assert "Which of these is closest?" in await phone.talks("need", "dye at a fair price")
    return phone


async def active(scene: Scene, urn: str = ANA) -> str:
    """The flow that somebody is in the middle of."""
    async with scene.database.read() as db:
        found = await sessions.active(db, (await scene.contact(urn)).id)
    return found.flow if found else ""


async def test_whatever_they_write_is_answered(any_scene: Scene) -> None:
    people = [await inside_need(any_scene, number) for number, _ in enumerate(WORDS)]
    publish(any_scene, without="need")
    for phone, word in zip(people, WORDS, strict=True):
        assert await phone.says(word), word
        assert await active(any_scene, phone.urn) != "need", word
        assert "What would you like to do?" in await phone.says("menu"), word


async def test_a_tap_of_theirs_brings_the_menu(any_scene: Scene) -> None:
    ana = await inside_need(any_scene, 1)
    publish(any_scene, without="need")
    assert "What would you like to do?" in await ana.taps("Materials cost too much")


async def test_what_waits_behind_it_is_asked(scene: Scene, ana: Phone) -> None:
    question = await ana.says("profile")
    await ana.talks("need", "dye at a fair price")
    publish(scene, without="need")
    asked = await ana.says("2")
    assert "Which materials do you buy" in question
    assert "Which materials do you buy" in asked


async def test_after_weeks_they_are_not_told_that_they_were_in_the_middle_of_it(
    scene: Scene,
) -> None:
    ana = await inside_need(scene, 1)
    publish(scene, without="need")
    await scene.pass_time(days=20)
    assert "What would you like to do?" in await ana.says("2")


async def test_they_go_on_where_they_were_once_it_is_there_again(scene: Scene) -> None:
    ana = await inside_need(scene, 1)
    before = publish(scene, without="need")
    await ana.says("hello")
    scene.house = replace(scene.house, library=before)
    await ana.says("menu")
    assert "Which of these is closest?" in await ana.taps("Go on where I was")
    assert "“dye at a fair price”. Is that right?" in await ana.says("2")


async def test_nobody_is_asked_by_a_timer_what_is_there_no_more(scene: Scene, ana: Phone) -> None:
    whom = (await scene.contact(ANA)).id
    wake = Wake(whom, flow="need", subject=str(whom), rank=1)
    new = timers.New("test", whom, scene.now, wake_json(wake))
    async with scene.database.begin() as db:
        await timers.put(db, [new], scene.now)
    publish(scene, without="need")
    await scene.pass_time(minutes=1)
    assert await ana.reads() == ""


async def test_what_the_menu_leads_to_and_is_no_more_has_ended(scene: Scene, ana: Phone) -> None:
    publish(scene, without="need")
    await ana.says("menu")
    assert (await ana.taps("Say what I need")).endswith("This has ended already.")
    assert "Needs: " in await ana.says("profile")


@pytest.mark.timeout(60)
async def test_no_flow_takes_with_it_whoever_is_inside(scene: Scene, ana: Phone) -> None:
    everything = scene.house
    whom = (await scene.contact(ANA)).id
    for name in everything.library.names:
        async with scene.database.begin() as db:
            left = [replace(one, state="done") for one in await sessions.of(db, whom)]
            await sessions.put(db, left)
            await sessions.put(db, [Stored(
                id=ids.new(scene.now), contact_id=whom, flow=name, subject=None, answers={},
                asked={"step": next(first_questions(everything.library, name))}, state="active",
                rank=0, created_at=scene.now, changed_at=scene.now,
            )])  # fmt: skip
        publish(scene, without=name)
        for word in ("1", "profile"):
            assert await ana.says(word), (name, word)
        scene.house = everything


def first_questions(library: Library, name: str) -> Iterator[str]:
    return (step.name for step in library.flow(name).steps if isinstance(step, Question))


async def test_an_option_that_was_chosen_and_is_no_more_is_called_as_it_was_shown(
    scene: Scene, ana: Phone
) -> None:
    await reads_spanish(scene)
    await ana.talks("need", "tinte a buen precio", "2")
    take_away(scene, "need", "category", "inputs")
    assert "El material está caro: “tinte" in await ana.says("mmm")
    await ana.says("si")
    assert "Otra cosa (“tinte a buen precio”)" in await ana.says("profile")


async def test_nobody_reads_the_id_of_a_craft_or_a_need_that_is_no_more(
    scene: Scene, ana: Phone
) -> None:
    await reads_spanish(scene)
    await scene.lives("tel:+50499000002", "Bea")
    take_away(scene, "register", "craft", "weaving")
    take_away(scene, "need", "category", "market_access")
    read = [await ana.says(word) for word in ("profile", "partners", "1")]
    assert ": Otra cosa" in read[0]
    assert not [text for text in read if "weaving" in text or "market" in text]
