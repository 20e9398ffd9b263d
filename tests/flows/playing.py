"""A transcript: what a person says to a flow and what is answered, line by line.

`>` is said, `<` answered, `!` why a reply was not understood, `=` what is kept in the end. Lines
before the first `<` that begin with `#` set the scene: language, country, languages offered,
given, fact, option.
`>` may also be a tap (`[yes]`), a pin (`@14.07,-87.19`), a voice note or a photo (`*voice`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from bot.catalogues import Catalogues
from bot.places import gazetteers
from flows.engine import (
    Heard,
    Session,
    Turn,
    World,
    ask,
    back,
    begin,
    dump,
    load,
    reply,
    resume,
    skip,
)
from flows.library import Library
from flows.model import Flow
from flows.understand import keywords
from flows.values import Media, Offer, Said

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "es", "fr", "sw")
HINT_AFTER = 2


@cache
def library() -> Library:
    return Library.load(ROOT / "flows" / "definitions")


@cache
def catalogues(offered: tuple[str, ...] = LANGUAGES) -> Catalogues:
    return Catalogues.load(ROOT / "locales", offered)


PLACES = gazetteers(ROOT / "locales" / "places", "HN")


@dataclass
class Scene:
    """Who speaks, where, about what: the head of a transcript."""

    flow: str
    language: str = "en"
    country: str = "HN"
    offered: tuple[str, ...] = LANGUAGES
    given: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    options: dict[str, tuple[Offer, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, stem: str, lines: list[str]) -> Scene:
        """The scene that `# name: value` lines set, for the flow whose name begins the file's."""
        scene = cls(max((n for n in library().names if stem.startswith(n)), key=len))
        for line in lines:
            name, _, value = line.removeprefix("#").partition(":")
            name, _, what = name.strip().partition(" ")
            match name:
                case "language":
                    scene.language = value.strip()
                case "country":
                    scene.country = value.strip()
                case "offered":
                    scene.offered = tuple(value.replace(",", " ").split())
                case "given":
                    scene.given[what] = value.strip()
                case "fact":
                    scene.facts[what] = value.strip().replace("\\n", "\n")
                case "option":
                    scene.options[what] = tuple(map(_offer, value.split("|")))
        return scene

    def flow_in(self, language: str) -> Flow:
        translate = catalogues(self.offered).translate(language)
        return library().flow(self.flow, language, translate)

    def world(self, language: str) -> World:
        spoken = catalogues(self.offered)
        translate = spoken.translate(language)
        own = tuple(Offer(o.code, o.name, o.code) for o in spoken.languages)
        yes, no = translate("answer.yes", "Yes"), translate("answer.no", "No")
        return World(
            language=language,
            country=self.country,
            today=date(2026, 11, 23),
            channel="phone",
            places=PLACES(self.country),
            facts={name: f"<{name}>" for name in library().flow(self.flow).facts} | self.facts,
            options={"languages": own} | self.options,
            words={"yes": yes, "no": no, "none_of_these": translate(*NONE)},
        )


NONE = ("answer.none_of_these", "None of these")


def _offer(told: str) -> Offer:
    id_, _, label = told.partition("=")
    return Offer(id_.strip(), label.strip(), id_.strip())


def play(stem: str, text: str) -> str:
    """The transcript as it really goes, from its head and what is said in it."""
    lines = text.splitlines()
    head = [line for line in lines if line.startswith("#")]
    said = [line[2:] for line in lines if line.startswith("> ")]
    return "\n".join([*head, *_played(Scene.read(stem, head), said)]) + "\n"


def _played(scene: Scene, said: list[str]) -> Iterator[str]:
    language = scene.language
    flow, world = scene.flow_in(language), scene.world(language)
    turn = ask(flow, begin(flow, "subject", scene.given), world)
    yield from _answers(turn)
    for words in said:
        yield f"> {words}"
        if turn.done:
            yield "! the flow has ended"
            return
        session = load(json.loads(json.dumps(dump(turn.session))), flow)
        heard = hear(flow, session, words, world)
        language = str(heard.session.answers.get("language") or language)
        flow, world = scene.flow_in(language), scene.world(language)
        turn = ask(flow, heard, world)
        yield from _answers(turn)
    if turn.done:
        yield from _kept(turn.session.answers)


def hear(flow: Flow, session: Session, words: str, world: World) -> Heard:
    """What the shell does with a message, as far as a flow is concerned."""
    asked = session.asked
    if words.startswith("[") and asked is not None:
        return reply(flow, session, Said(tap=f"{asked.number}.{words.strip('[]')}"), world)
    if words.startswith("@"):
        lat, lon = words[1:].split(",")
        return reply(flow, session, Said(pin=(float(lat), float(lon))), world)
    if words.startswith("*"):
        return reply(flow, session, Said(media=Media("m1", words[1:])), world)
    match keywords.read(words, world.language):
        case "BACK":
            return back(flow, session)
        case "SKIP":
            return skip(flow, session)
        case "MENU":
            return resume(session)
        case _:
            return reply(flow, session, Said(text=words), world)


def _answers(turn: Turn) -> Iterator[str]:
    if turn.problem:
        yield f"! {turn.problem.reason}"
    for prompt in turn.prompts:
        tries = turn.session.asked.tries if turn.session.asked else 0
        text = prompt.hint if prompt.hint and tries >= HINT_AFTER else prompt.text
        if prompt.state == "confirm":
            text = f"{prompt.label}?"
        elif prompt.state == "which":
            text = f"{turn.which}: {prompt.words}"
        first, *rest = text.splitlines()
        yield f"< {first}"
        yield from (f"< {line}" for line in rest)
        yield from (f"<   {n} {offer.label}" for n, offer in enumerate(prompt.offers, 1))


def _kept(answers: Mapping[str, object]) -> Iterator[str]:
    for name, value in answers.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"= {name} {shown}"
