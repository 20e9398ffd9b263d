"""Flows are changed while five hundred people are inside: nobody is lost, nobody asked twice."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from bot.messages import Incoming
from bot.pipeline.parts import Pipeline
from bot.settings import ROOT
from flows.library import Library
from storage import contacts, sessions
from storage.database import connect
from storage.sessions import Stored
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import Clock, Stage, pipeline_on

MANY = 500
PEOPLE = tuple(f"phone:p{number}" for number in range(MANY))
ANSWERS: Mapping[str, str] = {
    "language": "en",
    "consent": "yes",
    "called": "Ana",
    "craft": "weaving",
    "own_tools": "yes",
    "products": "hammocks",
    "workers": "3",
    "place": "Gracias",
    "years": "12",
    "need": "1",
}
BEFORE = ("language", "consent", "called", "craft", "products", "place", "years", "workers")
"""What was asked before the change, in its order; somebody stopped after each."""

LAST = "willing"
"""Where everybody is led: what comes after it looks for partners, which is another matter."""

NEW = """[[steps]]
name = "own_tools"
kind = "yes_no"
text = "Do you own your tools?"
hint = "Are the tools yours? Write 1 for yes or 2 for no."

"""


def changed(folder: Path) -> Library:
    """The flows with a question put in after the craft, one taken out, and two that changed
    places."""
    shutil.copytree(ROOT / "flows" / "definitions", folder)
    path = folder / "register.toml"
    head, *blocks = path.read_text().split("[[steps]]\n")
    named = {re.search(r'name\s+= "(\w+)"', block)[1]: f"[[steps]]\n{block}" for block in blocks}  # type: ignore[index]
    named.pop("years")
    order = [name for name in named if name != "workers"]
    order.insert(order.index("place"), "workers")
    written = head
    for name in order:
        written += named[name] + (NEW if name == "craft" else "")
    path.write_text(written)
    return Library.load(folder)


async def asked(pipeline: Pipeline) -> dict[str, Stored]:
    """What everybody is being asked."""
    async with pipeline.database.read() as db:
        met = await contacts.all_known(db, PEOPLE)
        held = await sessions.of_many(db, [contact.id for contact, _ in met.values()])
    return {urn: held[contact.id][0] for urn, (contact, _) in met.items()}


async def say(stage: Stage, said: Sequence[tuple[str, str]]) -> None:
    """Many people write at once."""
    now = stage.clock()
    incomings = [Incoming("phone", str(uuid4()), (urn,), text=text) for urn, text in said]
    await stage.pipeline.intake.accept(incomings, now)
    await stage.handles()


async def test_five_hundred_people_inside_a_flow_survive_its_being_changed(
    sqlite_url: str, tmp_path: Path
) -> None:
    database = await connect(sqlite_url, DATABASE_KEY)
    try:
        stage = Stage(pipeline_on(database, tmp_path / "media", Clock()), Clock())
        questions: dict[str, Counter[str]] = {urn: Counter() for urn in PEOPLE}
        await say(stage, [(urn, "hello") for urn in PEOPLE])
        for place, name in enumerate(BEFORE):
            there = [urn for number, urn in enumerate(PEOPLE) if number % len(BEFORE) >= place]
            for urn in there:
                questions[urn][name] += 1
            await say(stage, [(urn, ANSWERS[name]) for urn in there])
        kept = {urn: stored.answers for urn, stored in (await asked(stage.pipeline)).items()}

        house = replace(stage.pipeline.house, library=changed(tmp_path / "flows"))
        stage.pipeline = replace(stage.pipeline, house=house)
        open_ = await asked(stage.pipeline)
        while told := {u: s for u, s in open_.items() if (s.asked or {})["step"] != LAST}:
            for urn, stored in told.items():
                questions[urn][(stored.asked or {})["step"]] += 1
            await say(stage, [(u, ANSWERS[(s.asked or {})["step"]]) for u, s in told.items()])
            open_ = await asked(stage.pipeline)
        assert len(open_) == MANY
        for urn, stored in open_.items():
            assert max(questions[urn].values()) == 1, (urn, questions[urn])
            assert kept[urn].items() <= stored.answers.items(), urn
            assert stored.answers.keys() | {"years"} == ANSWERS.keys(), urn
    finally:
        await database.close()
