"""How a flow advances. Nothing here reads a clock, a database or a network.

A session keeps the answers and what was last asked, never a position: the position is found
again on every turn, so a flow may be edited while people are in the middle of it.

A turn has two halves, so that the shell may look things up between them: `begin`, `resume`,
`reply` and `back` say what was heard; `ask` says what to answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.light import altered, light
from flows.model import AnyStep, Flow, Multi, Picking, Place, Question, YesNo
from flows.session import Asked, Session, State, dump, load
from flows.understand import keywords, read, yes_no
from flows.understand.choices import named, pick
from flows.understand.places import in_region
from flows.values import (
    Answers,
    Clear,
    Nearly,
    Offer,
    Reading,
    Said,
    Unclear,
    Value,
    Which,
)
from flows.wording import called, labelled, placeholders, worded
from flows.world import World

__all__ = [
    "MORE",
    "NONE_OF_THESE",
    "Asked",
    "Heard",
    "Prompt",
    "Session",
    "Turn",
    "World",
    "ask",
    "back",
    "begin",
    "dump",
    "load",
    "reply",
    "resume",
    "skip",
    "walk",
]

MORE = "0"
NONE_OF_THESE = "none_of_these"
TRIES_FOR_A_PLACE = 3


@light(frozen=True)
class Heard:
    """What a message came to: the session after it, and what remains to be said.

    `after` names the question just answered (None: say everything from the start; "": only
    ask again). `problem` says why the reply was not taken, `taken` which value was."""

    session: Session
    after: str | None = ""
    problem: Unclear | None = None
    taken: Value = None


@light(frozen=True)
class Prompt:
    """One thing to say: a step in the person's language, its options as they are numbered.

    To confirm, `label` is what is asked back; among several readings, `words` are the person's."""

    step: str
    kind: str
    text: str
    short: str = ""
    hint: str = ""
    offers: tuple[Offer, ...] = ()
    state: State = "question"
    page: int = 0
    skip: bool = False
    audio: str = ""
    words: str = ""
    label: str = ""


@light(frozen=True)
class Turn:
    """What to answer: the session to keep and the prompts in order; `done` when it has ended."""

    session: Session
    prompts: tuple[Prompt, ...]
    problem: Unclear | None = None

    @property
    def which(self) -> str:
        """The phrase that introduces what is offered, where a reply was understood in part."""
        return self.session.asked.which if self.session.asked else ""

    @property
    def done(self) -> bool:
        return self.session.asked is None


def walk(flow: Flow, answers: Answers) -> Iterator[AnyStep]:
    """The steps that apply, up to and including the first unanswered question."""
    known: dict[str, Value] = {name: answers.get(name) for name in flow.given}
    for step, name, conditional, asks, ends in flow.legs:
        if conditional and not step.applies(known):
            continue
        yield step
        if ends or (asks and name not in answers):
            return
        if asks:
            known[name] = answers[name]


def begin(flow: Flow, subject: str | None = None, answers: Answers | None = None) -> Heard:
    """Start a flow, with what is known already; what is answered is not asked."""
    return Heard(Session(flow.name, subject, dict(answers or {})), after=None)


def resume(session: Session) -> Heard:
    """Ask again whatever is first unanswered: after a pause, an interruption or an edit."""
    return Heard(session)


def reply(flow: Flow, session: Session, said: Said, world: World) -> Heard:
    """Read a message as the answer to what was asked."""
    asked = session.asked
    question = flow.step(asked.step) if asked else None
    if asked is None or not isinstance(question, Question):
        return resume(session)
    if _is_another(asked, question):
        return resume(session.asking(_plain(asked)))
    if said.tap:
        return _tapped(session, asked, question, said.tap, world)
    if asked.state != "question" and (picked := _picked_by_words(asked, said.text, world)):
        return _picked(session, asked, question, picked, world)
    if _is_more(said.text, asked, question, world.language):
        return resume(session.asking(altered(asked, page=asked.page + 1)))
    return _read(session, asked, question, said, world)


def back(flow: Flow, session: Session) -> Heard:
    """Forget the latest answer and ask for it again; what was to be confirmed comes first."""
    if session.asked and session.asked.state != "question":
        return resume(session.asking(_plain(session.asked)))
    answered = [s.name for s in walk(flow, session.answers) if s.name in session.answers]
    kept = {name: value for name, value in session.answers.items() if name not in answered[-1:]}
    return resume(session.answering(kept))


def skip(flow: Flow, session: Session) -> Heard:
    """Leave a question out, where that is allowed; else it is asked again."""
    question = flow.step(session.asked.step) if session.asked else None
    if not isinstance(question, Question):
        return resume(session)
    if not question.skip:
        return Heard(session, problem=Unclear("no_skip"))
    return _answered(session, question, None)


def ask(flow: Flow, heard: Heard, world: World) -> Turn:
    """What to say now: what follows the answer just given, up to the next question."""
    session = heard.session
    path = list(walk(flow, session.answers))
    labels = _labels(flow, heard)
    session = session.asking(_asking(session, path[-1], world, labels))
    fresh = _fresh(path, heard.after, session.answers)
    values = _values(flow, fresh, session.answers, world, labels)
    prompts = tuple(_prompt(flow.name, step, session.asked, values) for step in fresh)
    return Turn(session, prompts, heard.problem)


def _labels(flow: Flow, heard: Heard) -> Mapping[str, str]:
    """How earlier answers that the flow speaks of were called, the one just given among them."""
    asked = heard.session.asked
    if asked is None:
        return {}
    if heard.after not in flow.quoted:
        return asked.labels
    answer = heard.session.answers.get(heard.after)
    return {**asked.labels, heard.after: called(asked.offers, answer)}


def _values(
    flow: Flow, fresh: list[AnyStep], answers: Answers, world: World, labels: Mapping[str, str]
) -> dict[str, str]:
    """What fills the placeholders of what is about to be said; mostly there are none."""
    texts = [text for step in fresh for text in _texts(step) if "{" in text]
    named = [name for text in texts for name in placeholders(text)]
    values = {
        n: labelled(flow, n, answers[n], world, labels.get(n, "")) for n in named if n in answers
    }
    return {**values, **{n: world.facts[n] for n in named if n in world.facts}}


def _texts(step: AnyStep) -> tuple[str, ...]:
    return step.text, step.short, step.hint if isinstance(step, Question) else ""


def _fresh(path: list[AnyStep], after: str | None, answers: Answers) -> list[AnyStep]:
    if after is None:
        return [step for step in path if step.name not in answers]
    for at in range(len(path) - 1, -1, -1):
        if path[at].name == after:
            return [step for step in path[at + 1 :] if step.name not in answers]
    return path[-1:]


def _asking(
    session: Session, last: AnyStep, world: World, labels: Mapping[str, str]
) -> Asked | None:
    """What is asked after this turn; the same question keeps its number, page and tries."""
    if not last.asks:
        return None
    before = session.asked
    if before and before.step == last.name and before.state != "question":
        return altered(before, channel=world.channel)
    offers = last.offered(world.options)
    if before and before.step == last.name:
        number = before.number if before.offers == offers else before.number + 1
        return altered(before, number=number, offers=offers, channel=world.channel)
    number = before.number + 1 if before else 1
    return Asked(last.name, number, offers, channel=world.channel, labels=labels)


def _prompt(flow: str, step: AnyStep, asked: Asked | None, values: dict[str, str]) -> Prompt:
    clip = f"{flow}.{step.name}" if step.audio else ""
    text, short = worded(step.text, values), worded(step.short, values)
    if not isinstance(step, Question) or asked is None:
        return Prompt(step.name, step.kind, text, short, audio=clip)
    return Prompt(
        step=step.name,
        kind=step.kind,
        text=text,
        short=short,
        hint=worded(step.hint, values),
        offers=asked.shown,
        state=asked.state,
        page=asked.page,
        skip=step.skip,
        audio=clip,
        words=asked.words,
        label=asked.label,
    )


def _read(session: Session, asked: Asked, question: Question, said: Said, world: World) -> Heard:
    reading = read(question, said, world, offers=asked.offers)
    reading = _kept_as_words(reading, asked, question, said, world)
    match reading:
        case Clear(value=value):
            return _answered(session, question, value)
        case Nearly(value=value, label=label):
            yes = Offer("yes", world.words.get("yes", "Yes"), value)
            no = Offer("no", world.words.get("no", "No"), None)
            asked = altered(asked, state="confirm", label=label, which="confirm")
            return _narrowed(session, asked, (yes, no), said.text)
        case Which(reason=reason, offers=offers):
            if reason != "region":
                none = world.words.get("none_of_these", "None of these")
                offers = (*offers, Offer(NONE_OF_THESE, none, None))
            if asked.state != "question":
                asked = altered(asked, tries=asked.tries + 1)
            asked = altered(asked, state="which", label="", which=reason)
            return _narrowed(session, asked, offers, said.text)
        case Unclear() as problem:
            again = altered(_plain(asked), tries=asked.tries + 1)
            return Heard(session.asking(again), problem=problem)


def _kept_as_words(
    reading: Reading, asked: Asked, question: Question, said: Said, world: World
) -> Reading:
    """A place that could not be found by the last try stands in the person's own words."""
    lost = isinstance(reading, Unclear) or (
        isinstance(reading, Which) and reading.reason == "region" and asked.state != "question"
    )
    if not isinstance(question, Place) or not lost or asked.tries + 1 < TRIES_FOR_A_PLACE:
        return reading
    words = " ".join((asked.words or said.text).split())
    if not any(character.isalpha() for character in words):
        return reading
    if isinstance(yes_no.read(words, world.language), Clear):
        return reading  # "yes" is the name of no town
    nowhere = {"region": None, "place": None, "lat": None, "lon": None}
    return Clear({"country": world.country, **nowhere, "words": words[:200]})


def _narrowed(session: Session, asked: Asked, readings: tuple[Offer, ...], words: str) -> Heard:
    """The same question, narrowed to what the reply may have meant."""
    narrowed = altered(asked, number=asked.number + 1, readings=readings, words=words, page=0)
    return Heard(session.asking(narrowed))


def _picked_by_words(asked: Asked, text: str, world: World) -> str | None:
    """Which of the readings that were offered a typed reply picks, if it does."""
    if asked.state == "confirm":
        reading = yes_no.read(text, world.language)
        return str(reading.value) if isinstance(reading, Clear) else None
    # A place typed while regions are offered is looked up again, unless it is a region's name.
    reader = named if asked.which == "region" else pick
    match reader(text, asked.readings, world.language):
        case Clear(value=value):
            return next((o.id for o in asked.readings if o.value == value), None)
        case _:
            return None


def _tapped(session: Session, asked: Asked, question: Question, tap: str, world: World) -> Heard:
    number, _, chosen = tap.partition(".")
    if number != str(asked.number):
        return Heard(session, problem=Unclear("stale"))
    if chosen == MORE:
        return resume(session.asking(altered(asked, page=asked.page + 1)))
    return _picked(session, asked, question, chosen, world)


def _picked(session: Session, asked: Asked, question: Question, chosen: str, world: World) -> Heard:
    offer = next((offer for offer in asked.shown if offer.id == chosen), None)
    if offer is None:
        return Heard(session, problem=Unclear("stale"))
    if chosen == NONE_OF_THESE or (asked.state == "confirm" and chosen == "no"):
        return _none_of_these(session, asked, question, world)
    if isinstance(question, Multi) and asked.state == "question":
        return _answered(session, question, [str(offer.value)])
    return _answered(session, question, offer.value)


def _none_of_these(session: Session, asked: Asked, question: Question, world: World) -> Heard:
    """What was offered is not what was meant: own words are kept, a place goes by its region."""
    if isinstance(question, Picking) and question.own_words and asked.words:
        return _answered(session, question, {"words": asked.words})
    regions = in_region(asked.words, world.places) if isinstance(question, Place) else ()
    if regions:
        asked = altered(asked, state="which", label="", which="region")
        return _narrowed(session, asked, regions, asked.words)
    return resume(session.asking(altered(_plain(asked), tries=asked.tries + 1)))


def _is_another(asked: Asked, question: Question) -> bool:
    """Whether it was asked with options and is of a kind without them now, or with others."""
    if isinstance(question, Picking):
        return False
    shown = {offer.id for offer in asked.offers}
    return bool(shown) and not (isinstance(question, YesNo) and shown == {"yes", "no"})


def _answered(session: Session, question: Question, value: Value) -> Heard:
    answers = {**session.answers, question.name: value}
    return Heard(session.answering(answers), after=question.name, taken=value)


def _plain(asked: Asked) -> Asked:
    """The question itself again, after what it was narrowed to fell through."""
    if asked.state == "question":
        return asked
    plain = Asked(asked.step, asked.number + 1, asked.offers, tries=asked.tries)
    return altered(plain, channel=asked.channel, labels=asked.labels)


def _is_more(text: str, asked: Asked, question: Question, language: str) -> bool:
    """Whether the next page of options is wanted; an option that is called "more" goes first."""
    if not isinstance(question, Picking) and asked.state != "which":
        return False
    return keywords.is_more(text, language) and not isinstance(
        named(text, asked.shown, language), Clear
    )
