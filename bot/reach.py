"""`artisan reach`: what each flow costs those who answer it, by language and channel.

A flow is walked as somebody would who takes the first answer everywhere and leaves nothing out,
and each message is laid out as its channel shows it. Steps that only other answers lead to are
not counted. Figures of texts alone: what a network adds to each message is not known here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from bot.channels.layout import Part, lay_out
from bot.channels.segments import count
from bot.channels.sms import CAPS as SMS
from bot.channels.telegram_rendering import CAPS as TELEGRAM
from bot.channels.whatsapp import CAPS as WHATSAPP
from bot.house import House
from bot.messages import Caps
from bot.speech import Speech, own_labels
from bot.usage import UsageError
from flows.engine import Heard, Turn, ask, begin
from flows.model import AnyStep, End, Flow, Say
from flows.session import Asked, Session
from flows.values import Offer, Value
from flows.world import World

CHANNELS: Mapping[str, Caps] = {"telegram": TELEGRAM, "whatsapp": WHATSAPP, "sms": SMS}
MOST_STEPS = 60
TODAY = date(2026, 1, 1)
"""Any day: no figure depends on it."""

WORDS_A_MINUTE = 100
"""How fast somebody with little schooling reads in this reckoning."""

TYPED: Mapping[str, Value] = {
    "text": "telas",
    "integer": 3,
    "year": 2019,
    "date": "2026-02-01",
    "money": {"amount": 10000, "currency": None},
    "phone": "+50499887766",
    "place": {"country": None, "region": None, "place": None, "lat": None, "lon": None},
    "photo": {"media": "1", "kind": "photo"},
    "voice": {"media": "1", "kind": "voice"},
}
"""An answer to each kind of question that has no options."""


@dataclass(frozen=True)
class Reach:
    """One flow in one language on one channel.

    `questions` are answered by her: on SMS each is a reply she pays for. `messages` are ours, with
    their `characters` and, on SMS, `segments`, those of the questions alone in
    `question_segments`. `widest`: the most segments one message takes, `longest`: its most
    characters. `words` to read and `seconds` that takes; `bytes` of text both ways."""

    flow: str
    language: str
    channel: str
    questions: int
    messages: int
    characters: int
    segments: int
    question_segments: int
    widest: int
    longest: int
    words: int
    seconds: int
    bytes: int


def told(
    house: House,
    languages: Sequence[str],
    flows: Sequence[str],
    channels: Sequence[str],
    *,
    as_json: bool,
) -> Iterator[str]:
    """What is printed; all there are where none are named. Raises UsageError."""
    unknown = [f"language {one}" for one in languages if one not in house.settings.languages]
    unknown += [f"flow {one}" for one in flows if one not in house.library.names]
    if unknown:
        raise UsageError(f"there is no {unknown[0]}")
    all_ = languages or house.settings.languages
    rows = list(reach(house, all_, flows, channels or tuple(CHANNELS)))
    yield from (json.dumps(asdict(row)) for row in rows) if as_json else table(rows)


def reach(
    house: House,
    languages: Sequence[str],
    flows: Sequence[str] = (),
    channels: Sequence[str] = tuple(CHANNELS),
) -> Iterator[Reach]:
    """The figures, flow by flow. Flows that only staff may start are left out unless named."""
    for flow in house.library:
        if flow.name in flows or (not flows and not flow.roles):
            for language in languages:
                turns = list(_walked(house, flow.name, language))
                for channel in channels:
                    yield _figures(house, flow.name, language, channel, turns)


def _walked(house: House, name: str, language: str) -> Iterator[Turn]:
    """Every turn of a flow, each question answered by its first option."""
    flow = house.library.flow(name, language, house.catalogues.translate(language))
    given = {field: values[0] for field, values in flow.given.items() if values}
    heard = begin(flow, "subject", given)
    for _ in range(MOST_STEPS):
        turn = ask(flow, heard, _world(house, flow, language))
        yield turn
        asked = turn.session.asked
        question = flow.step(asked.step) if asked else None
        if asked is None or question is None or isinstance(question, Say | End):
            return
        answers = {**turn.session.answers, asked.step: _first(question, asked, language)}
        heard = Heard(Session(name, "subject", answers, asked), after=asked.step)


def _first(question: AnyStep, asked: Asked, language: str) -> Value:
    if question.kind == "language":
        return language
    if asked.offers:
        value = asked.offers[0].value
        return [str(value)] if question.kind == "multi" else value
    return TYPED.get(question.kind)


def _world(house: House, flow: Flow, language: str) -> World:
    """Names, reasons and whatever else the shell fills in are as long as "Marta Pineda"."""
    sample = tuple(Offer(f"o{n}", f"Marta Pineda {n}", f"o{n}") for n in range(1, 4))
    names = {getattr(step, "options_from", None) for step in flow.steps}
    options = {str(name): sample for name in names if name}
    own = {one.code: one.name for one in house.catalogues.languages}
    offered = house.settings.languages
    options["languages"] = tuple(Offer(code, own.get(code, code), code) for code in offered)
    return World(
        language=language,
        country=house.settings.country,
        today=TODAY,
        facts=dict.fromkeys(flow.facts, "Marta Pineda"),
        options=options,
        words=own_labels(house.catalogues.translate(language)),
    )


def _figures(house: House, flow: str, language: str, channel: str, turns: list[Turn]) -> Reach:
    caps, translate = CHANNELS[channel], house.catalogues.translate(language)
    texts: list[str] = []
    asking = segments = question_segments = widest = 0
    for turn in turns:
        speech = Speech()
        speech.ask(turn, "aaaaaaaa", translate)
        reply = speech.reply(language, translate)
        parts = lay_out(reply, caps) if reply else ()
        costs = [count(part.text).segments for part in parts] if caps.sms else []
        segments += sum(costs)
        widest = max([widest, *costs])
        texts += map(_written, parts)
        if not turn.done:
            asking += 1
            question_segments += sum(costs)
    words = sum(len(text.split()) for text in texts)
    typed = asking * 2
    return Reach(
        flow=flow,
        language=language,
        channel=channel,
        questions=asking,
        messages=len(texts),
        characters=sum(map(len, texts)),
        segments=segments,
        question_segments=question_segments,
        widest=widest,
        longest=max(map(len, texts), default=0),
        words=words,
        seconds=round(words * 60 / WORDS_A_MINUTE),
        bytes=sum(len(text.encode()) for text in texts) + typed,
    )


def _written(part: Part) -> str:
    """All that is read of a part, its buttons and list too."""
    return "\n".join([part.text, *(one.label for one in (*part.buttons, *part.items))])


HEAD = (
    "flow", "language", "channel", "questions", "messages", "characters", "segments",
    "of questions", "widest", "longest", "words", "seconds", "bytes",
)  # fmt: skip


def table(rows: Sequence[Reach]) -> Iterator[str]:
    """The figures as aligned lines, then what answering costs her."""
    cells = [HEAD, *(tuple(map(str, asdict(row).values())) for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(HEAD))]
    for line in cells:
        yield "  ".join(
            cell.ljust(width) if n < 3 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
    for row in rows:
        if row.flow == "register" and row.channel == "sms":
            yield (
                f"register by SMS in {row.language}: she sends {row.questions} SMS, "
                f"we send {row.segments} ({row.question_segments} for the questions)."
            )
