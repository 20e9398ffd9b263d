"""A person and their workshop in words: for themselves, and for who looks after their area.

Numbers and addresses stand in none of it. Whoever looks at another's profile is written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from bot.reasons import craft_label, need_in_words, option_label, place_name
from bot.speech import Phrase, say
from bot.turn import Turn
from flows.model import Picking
from storage import contacts, enterprises, needs
from storage.areas import covers
from storage.contacts import Contact
from storage.enterprises import Enterprise
from storage.needs import Need

SECOND_LAYER = (
    ("inputs", say("shown.inputs", "Materials: {value}")),
    ("inputs_from", say("shown.inputs_from", "Materials come from: {value}")),
    ("machines", say("shown.machines", "Machines: {value}")),
    ("idle", say("shown.idle", "Machines stand still: {value}")),
    ("output_month", say("shown.output_month", "Makes in a month: {value}")),
    ("travel", say("shown.travel", "Would go: {value}")),
    ("sells", say("shown.sells", "Sells: {value}")),
    ("refused_size", say("shown.refused_size", "Order that was too large: {value}")),
    ("share", say("shown.share", "Would share: {value}")),
    ("member_of", say("shown.member_of", "Belongs to: {value}")),
)


async def short(turn: Turn, who: Contact) -> str:
    """Name, craft and place in a few words, for a broker."""
    return brief(turn, who, await enterprises.of_contact(turn.db, who.id))


def brief(turn: Turn, who: Contact | None, mine: Enterprise | None) -> str:
    """`short` for somebody already looked up; an enterprise may have nobody to speak for it."""
    name = name_of(turn, who, mine)
    if mine is None:
        return name
    craft = craft_label(turn, mine.craft, mine.craft_words)
    return f"{name} ({', '.join(filter(None, (craft, where(turn, mine))))})"


def name_of(turn: Turn, who: Contact | None, mine: Enterprise | None) -> str:
    """The name of a person, else of their enterprise."""
    name = (who.name if who else None) or (mine.name if mine else None)
    return name or turn.spoken(say("shown.nameless", "somebody without a name"))


def where(turn: Turn, one: Enterprise) -> str:
    """The place of an enterprise in words, as closely as it is known."""
    region = place_name(turn, one.region) if one.region else ""
    place = one.place or one.place_words or ""
    return ", ".join(dict.fromkeys(filter(None, (place, region))))


async def show_contact(turn: Turn, contact_id: UUID) -> None:
    """Tell a broker who somebody is; the view is logged."""
    who = await contacts.by_id(turn.db, contact_id)
    mine = await enterprises.of_contact(turn.db, contact_id)
    if who is None or who.erased_at is not None:
        turn.tell(say("shown.gone", "This person is no longer with us."))
        return
    turn.view("profile", contact_id)
    if mine is None:
        turn.speech.add(await short(turn, who))
    else:
        wanted = await needs.open_of(turn.db, mine.id)
        turn.speech.add("\n".join(lines(turn, who, mine, wanted)))


def may_see(turn: Turn, one: Enterprise) -> bool:
    """Whether the enterprise lies in the contact's own area as a broker, or they coordinate."""
    if turn.has_role("coordinator"):
        return True
    return any(
        role.role == "broker" and covers(role.area, one.country, one.region) for role in turn.roles
    )


def lines(turn: Turn, who: Contact, mine: Enterprise, wanted: Iterable[Need]) -> Iterator[str]:
    """The profile, a line each, only what is known."""
    yield turn.spoken(say("shown.name", "Name: {value}", value=who.name or "-"))
    craft = craft_label(turn, mine.craft, mine.craft_words)
    yield turn.spoken(say("shown.craft", "Craft: {value}", value=craft))
    first: tuple[tuple[Phrase, object], ...] = (
        (say("shown.products", "Sells most: {value}"), mine.products),
        (say("shown.place", "Place: {value}"), where(turn, mine)),
        (say("shown.since", "At work since: {value}"), mine.since),
        (say("shown.workers", "People at work: {value}"), mine.workers),
        (
            say("shown.willing", "Works with others: {value}"),
            option_label(turn, "register", "willing", mine.willing) if mine.willing else "",
        ),
    )
    for phrase, value in first:
        if value:
            yield _filled(turn, phrase, str(value))
    wishes = who.wishes or {}
    if wishes.get("woman_broker"):
        yield turn.spoken(say("shown.woman_broker", "Wishes for a woman as broker"))
    if wishes.get("women_only"):
        yield turn.spoken(say("shown.women_only", "Wishes for groups of women only"))
    for need in wanted:
        said = need_in_words(turn, need.category, need.words)
        yield turn.spoken(say("shown.need", "Needs: {value}", value=said))
    for name, phrase in SECOND_LAYER:
        if value := _answer(turn, name, mine.profile.get(name)):
            yield _filled(turn, phrase, value)


def _filled(turn: Turn, phrase: Phrase, value: str) -> str:
    return turn.spoken(Phrase(phrase.context, phrase.english, {"value": value}))


def _answer(turn: Turn, step: str, value: object) -> str:
    """An answer of the second layer in words; a recording or picture only by its kind."""
    flow = "travel" if step == "travel" else "profile"
    question = turn.house.library.step(flow, step, turn.language, turn.translate)
    if isinstance(value, dict):
        return str(value.get("words") or turn.spoken(say("shown.media", "a recording")))
    if isinstance(question, Picking):
        picked = value if isinstance(value, list | tuple) else [value]
        return ", ".join(o.label for o in question.options if o.id in picked)
    return str(value) if value else ""
