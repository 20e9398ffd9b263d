"""Flows are changed while five hundred people are inside: nobody is lost, nobody asked twice."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from bot.messages import Incoming
from bot.settings import ROOT
from flows.library import Library
from storage import contacts, sessions
from storage.database import connect
from storage.sessions import Stored
from tests.conftest import DATABASE_KEY
from tests.pipeline.talking import Clock, Stage, pipeline_on

MANY, FEWER = 500, 100
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


@dataclass
class Crowd:
    """Many people, and the workers that answer them, side by side."""

    stages: Sequence[Stage]
    people: tuple[str, ...]

    async def say(self, said: Sequence[tuple[str, str]]) -> None:
        """They write at once; each worker takes what it gets."""
        first = self.stages[0]
        incomings = [Incoming("phone", str(uuid4()), (urn,), text=text) for urn, text in said]
        await first.pipeline.intake.accept(incomings, first.clock())
        await asyncio.gather(*(stage.handles() for stage in self.stages))

    async def asked(self) -> dict[str, Stored]:
        """What everybody is being asked."""
        async with self.stages[0].pipeline.database.read() as db:
            met = await contacts.all_known(db, self.people)
            held = await sessions.of_many(db, [contact.id for contact, _ in met.values()])
        return {urn: held[contact.id][0] for urn, (contact, _) in met.items()}

    def publish(self, library: Library) -> None:
        for stage in self.stages:
            house = replace(stage.pipeline.house, library=library)
            stage.pipeline = replace(stage.pipeline, house=house)


@contextlib.asynccontextmanager
async def crowd(url: str, folder: Path, workers: int, many: int) -> AsyncIterator[Crowd]:
    async with contextlib.AsyncExitStack() as stack:
        stages = []
        for _ in range(workers):
            database = await connect(url, DATABASE_KEY)
            stack.push_async_callback(database.close)
            stages.append(Stage(pipeline_on(database, folder, Clock()), Clock()))
        yield Crowd(stages, tuple(f"phone:p{number}" for number in range(many)))


async def are_inside_while_flows_change(all_of_them: Crowd, library: Library) -> None:
    """Each stops somewhere; then the flows are others, and each is led to the end."""
    people = all_of_them.people
    questions: dict[str, Counter[str]] = {urn: Counter() for urn in people}
    await all_of_them.say([(urn, "hello") for urn in people])
    for place, name in enumerate(BEFORE):
        there = [urn for number, urn in enumerate(people) if number % len(BEFORE) >= place]
        for urn in there:
            questions[urn][name] += 1
        await all_of_them.say([(urn, ANSWERS[name]) for urn in there])
    kept = {urn: stored.answers for urn, stored in (await all_of_them.asked()).items()}

    all_of_them.publish(library)
    open_ = await all_of_them.asked()
    while told := {u: s for u, s in open_.items() if (s.asked or {})["step"] != LAST}:
        for urn, stored in told.items():
            questions[urn][(stored.asked or {})["step"]] += 1
        await all_of_them.say([(u, ANSWERS[(s.asked or {})["step"]]) for u, s in told.items()])
        open_ = await all_of_them.asked()
    assert len(open_) == len(people)
    for urn, stored in open_.items():
        assert max(questions[urn].values()) == 1, (urn, questions[urn])
        assert kept[urn].items() <= stored.answers.items(), urn
        assert (stored.answers.keys() - {"need_topic"}) | {"years"} == ANSWERS.keys(), urn


async def test_five_hundred_people_inside_a_flow_survive_its_being_changed_with_two_workers(
    postgres_url: str, tmp_path: Path
) -> None:
    async with crowd(postgres_url, tmp_path / "media", 2, MANY) as all_of_them:
        await are_inside_while_flows_change(all_of_them, changed(tmp_path / "flows"))


async def test_they_survive_it_on_sqlite_as_well(sqlite_url: str, tmp_path: Path) -> None:
    async with crowd(sqlite_url, tmp_path / "media", 1, FEWER) as all_of_them:
        await are_inside_while_flows_change(all_of_them, changed(tmp_path / "flows"))
