"""What follows a finished flow: the record is written and what comes of it is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot import artisans, assisting, enquiries, hours, lookouts, materials, proof
from bot.crafting import guess
from bot.handlers import answered, outcome, told
from bot.messages import Wake
from bot.speech import say
from bot.turn import REPLY, Turn
from flows.session import Session
from flows.values import Value
from matching.topics import topic_of
from storage import contacts, enterprises, erasing, needs
from storage.enterprises import Enterprise
from storage.needs import Need

PROFILE = frozenset(
    [
        "inputs",
        "inputs_from",
        "machines",
        "idle",
        "output_month",
        "sells",
        "refused",
        "refused_size",
        "share",
        "member_of",
        "best_hour",
    ]
)
"""The questions of the second layer that are kept."""

BEST_HOURS = {"morning": "06-12", "midday": "10-15", "evening": "16-21"}


@answered("register", "place")
async def place_known(turn: Turn, session: Session, value: Value) -> None:
    """The zone of the place is the person's from now on."""
    if session.subject or not isinstance(value, Mapping):
        return
    country = str(value.get("country") or turn.country)
    for gazetteer in turn.house.places(country)[:1]:
        turn.change(country=country, zone=gazetteer.zone_of(_word(value.get("region")) or None))


@answered("register", "called")
async def called(turn: Turn, session: Session, value: Value) -> None:
    if not session.subject:  # who is registered by another is not the one who writes
        turn.change(name=_word(value))


@answered("register", "need")
async def need_chosen(turn: Turn, session: Session, value: Value) -> Mapping[str, Value]:
    """Who wrote "the yarn is dear" chose what is meant by it, and has said which material."""
    topic = topic_of(_word(value), turn.incoming.text, turn.contact.language)
    return {"need_topic": topic or ""} if topic or "need_topic" in session.answers else {}


@answered("staff", "called")
async def staff_called(turn: Turn, session: Session, value: Value) -> None:
    turn.change(name=_word(value))


@outcome("register")
async def registered(turn: Turn, session: Session) -> None:
    """Write contact, enterprise and need; then who fits, and how to go on."""
    answers = session.answers
    if session.subject:
        assisting.finished(turn, session)
        return
    if answers.get("consent") != "yes":
        turn.agenda.clear()
        return
    turn.change(name=_word(answers.get("called")) or turn.contact.name)
    columns = _columns(turn, answers)
    mine = enterprises.made(turn.now, **columns)
    turn.register(mine)
    turn.noted("registered", mine.pseudonym, craft=mine.craft, region=mine.region)
    need = _keep_need(turn, mine, answers)
    await artisans.show_partners(turn, mine, asks=not materials.is_missing(mine, need))
    lookouts.begin(turn, mine)
    if need is not None and need.category != "partners":
        await enquiries.show(turn, mine, need)
    await materials.ask(turn, mine, need)


@told("registered_for")
async def registered_for(turn: Turn, wake: Wake) -> None:
    """Somebody else wrote the answers down: from here on it is as if the person had."""
    if await turn.enterprise() is not None:
        return
    session = Session("register", None, json.loads(wake.data["answers"]))
    turn.rank, turn.purpose = REPLY, "registered_for"
    turn.change(language=_word(session.answers.get("language")) or turn.contact.language)
    await place_known(turn, session, session.answers.get("place"))
    turn.tell(say("phrase.registered_for", "{name} is registered.", name=_called(session)))
    await registered(turn, session)
    turn.agenda.drop("register")


def _called(session: Session) -> str:
    return _word(session.answers.get("called")) or "-"


def _columns(turn: Turn, answers: Mapping[str, Value]) -> dict[str, Any]:
    place = answers.get("place")
    at: Mapping[str, Any] = place if isinstance(place, Mapping) else {}
    years = answers.get("years")
    craft = answers.get("craft")
    words = str(craft.get("words") or "") if isinstance(craft, Mapping) else ""
    return {
        "craft": guess(turn, "register", "craft", words) or "other" if words else _word(craft),
        "craft_words": words or None,
        "products": _word(answers.get("products")) or None,
        "country": str(at.get("country") or turn.country),
        "region": at.get("region"),
        "place": at.get("place"),
        "place_words": at.get("words"),
        "lat": at.get("lat"),
        "lon": at.get("lon"),
        "since": hours.today(turn.zone, turn.now).year - years if isinstance(years, int) else None,
        "workers": answers.get("workers"),
        "willing": _word(answers.get("willing")),
        "languages": tuple(filter(None, (turn.contact.language, turn.contact.second_language))),
    }


def _keep_need(turn: Turn, mine: Enterprise, answers: Mapping[str, Value]) -> Need | None:
    """The need by choice, or own words with the category they speak of, if they do."""
    said = answers.get("need")
    words = str(said.get("words") or "") if isinstance(said, Mapping) else ""
    category = guess(turn, "register", "need", words) if words else _word(said)
    if not category and not words:
        return None
    topic = _word(answers.get("need_topic"))
    return put_need(turn, mine, category or needs.UNSORTED, words, topic)


def put_need(turn: Turn, mine: Enterprise, category: str, words: str, topic: str = "") -> Need:
    """Keep a need; `topic`: what it is about, where the words do not say."""
    about = topic_of(category, words, turn.contact.language) or topic or None
    need = needs.said(mine.id, category, turn.now, words=words or None, topic=about)
    turn.need(need)
    turn.noted("need_said", mine.pseudonym, category=category)
    return need


@outcome("need")
async def need_said(turn: Turn, session: Session) -> None:
    """Keep a confirmed need and show who serves it."""
    mine = await turn.enterprise()
    if mine is None or session.answers.get("right") != "yes":
        return
    category = _word(session.answers.get("category"))
    need = put_need(turn, mine, category, _word(session.answers.get("words")))
    if category == "partners":
        await artisans.show_partners(turn, mine)
    else:
        await enquiries.show(turn, mine, need)
        await materials.ask(turn, mine, need)


@outcome("profile")
async def profiled(turn: Turn, session: Session) -> None:
    """Keep what was answered of the second layer, finished or not."""
    mine = await turn.enterprise()
    if mine is None:
        return
    kept = {name: value for name, value in session.answers.items() if name in PROFILE}
    profile = {**mine.profile, **kept}
    await enterprises.change(turn.db, mine.id, turn.now, profile=profile)
    turn.forget_enterprise()
    if kept.get("best_hour") in BEST_HOURS and not turn.contact.hours:
        turn.change(hours=BEST_HOURS[str(kept["best_hour"])])


@outcome("settings")
async def changed(turn: Turn, session: Session) -> None:
    """What was changed holds from now on; the language held from its answer."""
    answers = session.answers
    if "hours" in answers:
        turn.change(hours=hours.HOURS[_word(answers["hours"])])
    if "shows" in answers:
        turn.change(shows=_word(answers["shows"]))
    if "fewer" in answers:
        picked = answers["fewer"] if isinstance(answers["fewer"], list | tuple) else ()
        turn.change(wants=tuple(str(kind) for kind in picked if kind != "none"))
    if "meeting" in answers:
        names = ("woman", "woman_broker", "women_only")
        wished = {name: answers.get(name) == "yes" for name in names}
        turn.change(wishes={"meeting": _word(answers["meeting"]), **wished})
    if "channel" in answers:
        await artisans.prefer_address(turn, _word(answers["channel"]))


@outcome("erase")
async def erased(turn: Turn, session: Session) -> None:
    """Erase everything; what was just said is the last they hear."""
    if session.answers.get("sure") != "yes":
        return
    code = session.answers.get("written")
    if "proof" in session.answers and not proof.holds(turn, "erase", code):
        turn.speech.forget()
        turn.tell(say("phrase.not_erased", "That is not the number. Nothing was erased."))
        return
    await artisans.leave_everything(turn)
    for resting in await contacts.resting(turn.db, turn.contact.id):
        turn.erased += await erasing.erase(turn.db, resting, turn.now)
    turn.erased += await erasing.erase(turn.db, turn.contact.id, turn.now)
    turn.drop_changes()
    turn.purpose = "erased"


def _word(value: object) -> str:
    """The words of an answer: of a text, an option, or what stands in own words."""
    if isinstance(value, Mapping):
        return str(value.get("words") or "")
    return value if isinstance(value, str) else ""
