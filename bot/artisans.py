"""What artisans may say: one function a command."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from bot import (
    brokers,
    by_sms,
    handing,
    handshakes,
    introductions,
    linking,
    profiles,
    steps,
    suggestions,
)
from bot.commands import command, starts
from bot.handlers import options, outcome
from bot.hours import today
from bot.messages import Wake
from bot.reasons import craft_label, need_in_words
from bot.speech import dated, say
from bot.turn import Turn
from flows.session import Session
from flows.understand import dates
from flows.values import Clear, Nearly, Offer
from storage import enterprises, matches, needs, urns, where
from storage.enterprises import Enterprise

NO_WORKSHOP = say("phrase.no_workshop", "First register your workshop: write REGISTER.")


@starts("menu", joined=False)
async def menu(turn: Turn, rest: str) -> None:
    await steps.start(turn, "menu")


@starts("need")
async def need(turn: Turn, rest: str) -> None:
    """Say what one needs."""
    if await turn.enterprise() is None:
        turn.tell(NO_WORKSHOP)
    else:
        await steps.start(turn, "need")


@starts("profile", takes="number")
async def profile(turn: Turn, rest: str) -> None:
    """See one's own profile and go on with what is missing; PROFILE 2 is a broker's."""
    if rest:
        await brokers.profile_of(turn, int(rest))
        return
    mine = await turn.enterprise()
    if mine is None:
        turn.tell(NO_WORKSHOP)
        return
    wanted = await needs.open_of(turn.db, mine.id)
    turn.speech.add("\n".join(profiles.lines(turn, turn.contact, mine, wanted)))
    asked = [name for name in PIECES if steps.step_of(turn, "profile", name)]
    unknown = [name for name in asked if name not in mine.profile]
    if unknown:
        known = {name: value for name, value in mine.profile.items() if name in PIECES}
        await steps.start(turn, "profile", given=known)


PIECES = frozenset(
    [
        "inputs",
        "inputs_from",
        "machines",
        "idle",
        "output_month",
        "sells",
        "refused",
        "share",
        "member_of",
        "best_hour",
    ]
)


@starts("settings")
async def settings(turn: Turn, rest: str) -> None:
    await steps.start(turn, "settings")


# --- partners and providers ---------------------------------------------------------------------


@starts("partners")
async def partners(turn: Turn, rest: str) -> None:
    """Those shown last, or new ones, to choose one to meet."""
    mine = await turn.enterprise()
    if mine is None:
        turn.tell(NO_WORKSHOP)
        return
    if not await _shown(turn, mine):
        await suggestions.find_partners(turn, mine)
    await choose_partner(turn, mine)


@command("command.more", "more, more people")
async def more(turn: Turn, rest: str) -> None:
    """Others than those shown last."""
    mine = await turn.enterprise()
    if mine is None:
        turn.tell(NO_WORKSHOP)
        return
    last = await matches.latest(turn.db, mine.id, "partner")
    found = await suggestions.find_partners(turn, mine, leave_out={one.to_id for one in last})
    if not found:
        turn.tell(say("phrase.no_more", "There is nobody else yet. We write when there is."))
        return
    await choose_partner(turn, mine)


@command("command.not_this", "not this one, not this", takes="number")
async def not_this(turn: Turn, rest: str) -> None:
    """Not one of those shown last, the first if no number is said: who it was is not shown again
    for half a year, and never told. Others come once it was said why, or not."""
    mine = await turn.enterprise()
    if mine is None:
        turn.tell(NO_WORKSHOP)
        return
    shown = await _shown(turn, mine)
    number = int(rest) if rest else 1
    if not 1 <= number <= len(shown):
        turn.tell(NOBODY)
        return
    other = (await enterprises.by_ids(turn.db, [shown[number - 1].match.to_id])).popitem()[1]
    turn.noted("declined", mine.pseudonym, other.pseudonym, reason="not_this")
    await steps.start(turn, "why_not", str(other.id), given={"then": "others"})


@command("command.why", "why", takes="number")
async def why(turn: Turn, rest: str) -> None:
    """How those shown last were found."""
    mine = await turn.enterprise()
    if mine is None:
        turn.tell(NO_WORKSHOP)
        return
    lines = await _lines(turn, mine)
    if not lines:
        turn.tell(NOBODY)
        return
    turn.speech.add("\n".join(lines))
    turn.tell(
        say(
            "phrase.why",
            "We compare crafts, places, and what each needs. Nobody can pay to be shown.",
        )
    )


async def show_partners(turn: Turn, mine: Enterprise, *, asks: bool = True) -> None:
    """Look for partners and say who they are, as far as may be said, and how to go on; or that
    nobody fits. With `asks` the one answer that would help most is asked for."""
    if mine.willing == "no":
        return
    await suggestions.find_partners(turn, mine)
    await tell_partners(turn, mine)
    if not asks:
        return
    found = await matches.latest(turn.db, mine.id, "partner")
    best = await suggestions.worth_asking(turn, mine) if found else None
    unknown = [name for name in ASKED_FOR.values() if name not in mine.profile]
    step = ASKED_FOR.get(best or "", "") if found else next(iter(unknown), "")
    question = steps.step_of(turn, "profile", step)
    if question is not None and step not in mine.profile:
        turn.tell(
            say(
                "phrase.one_answer",
                "One answer would bring you better partners. Write PROFILE: {question}",
                question=question.text,
            )
        )


ASKED_FOR = {"buys": "inputs", "has": "machines"}
"""Which question of the profile a field of the record comes from."""


async def tell_partners(turn: Turn, mine: Enterprise) -> None:
    """Say who was found last, and how to go on."""
    lines = await _lines(turn, mine)
    if not lines:
        await _nobody(turn, mine)
        return
    turn.tell(say("phrase.partners", "These people could work with you:"))
    turn.speech.add("\n".join(lines))
    turn.tell(say("phrase.write_partners", "Write PARTNERS to meet one of them. It costs nothing."))


NOBODY = say(
    "phrase.nobody_fits", "So far nobody near you fits. We write to you when somebody does."
)


async def _nobody(turn: Turn, mine: Enterprise) -> None:
    """There is nobody to show; who works only with people they know is told how to say whom."""
    if mine.willing == "known":
        await handshakes.tell_code(turn, mine)
    else:
        turn.tell(NOBODY)


async def choose_partner(turn: Turn, mine: Enterprise) -> None:
    """Ask whom of those shown one would like to meet."""
    shown = await _shown(turn, mine)
    if not shown:
        await _nobody(turn, mine)
        return
    others = await enterprises.by_ids(turn.db, [one.match.to_id for one in shown])
    for one in shown:
        other = others[one.match.to_id]
        turn.noted("opened", mine.pseudonym, other.pseudonym, position=one.match.rank)
    await steps.start(turn, "partners")


async def _shown(turn: Turn, mine: Enterprise) -> list[suggestions.Described]:
    """The partners shown last with whom nothing is under way or forbidden."""
    last = await matches.latest(turn.db, mine.id, "partner")
    return await suggestions.described(turn, await introductions.possible(turn, mine, last))


async def _lines(turn: Turn, mine: Enterprise) -> list[str]:
    shown = await _shown(turn, mine)
    return [f"{n}. {suggestions.partner_line(turn, one)}" for n, one in enumerate(shown, 1)]


@options("matches")
async def partner_options(turn: Turn, session: Session) -> tuple[Offer, ...]:
    mine = await turn.enterprise()
    shown = await _shown(turn, mine) if mine else []
    offers = [
        Offer(name, suggestions.partner_line(turn, one), name, also=(one.craft, one.place))
        for one in shown
        for name in (f"m{one.match.rank}",)
    ]
    offers.append(Offer("more", turn.spoken(say("option.more", "More people")), "more"))
    offers.append(Offer("none", turn.spoken(say("option.none", "Nobody for now")), "none"))
    return tuple(offers)


@outcome("partners")
async def partner_picked(turn: Turn, session: Session) -> None:
    picked = str(session.answers.get("pick"))
    mine = await turn.enterprise()
    if mine is None or picked == "none":
        return
    if picked == "more":
        await more(turn, "")
        return
    shown = await _shown(turn, mine)
    chosen = next((one.match for one in shown if f"m{one.match.rank}" == picked), None)
    if not await introductions.may_ask(turn, mine):
        turn.speech.forget()
        turn.tell(
            say(
                "phrase.asked_enough",
                "You asked to meet enough people this week. Please wait for their answers first.",
            )
        )
        return
    if chosen is None or not await introductions.propose(turn, mine, chosen):
        turn.speech.forget()
        turn.tell(say("phrase.not_now", "This introduction is not possible now."))


# --- what I asked for, and being away -----------------------------------------------------------


@command("command.where", "where, what did i ask for")
async def where_is(turn: Turn, rest: str) -> None:
    """Everything asked for and not got yet, who has it and since when."""
    lines = [await _asked(turn, one) for one in await where.everything(turn.db, turn.contact.id)]
    if not lines:
        turn.tell(say("phrase.where_nothing", "You wait for nothing now."))
        return
    turn.tell(say("phrase.where", "You asked for:"))
    turn.speech.add("\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)))


async def _asked(turn: Turn, one: where.Asked) -> str:
    since = dated(today(turn.zone, one.since), turn.language)
    holder = one.holder or turn.spoken(say("where.nobody", "nobody yet"))
    match one.kind:
        case "need":
            what = need_in_words(turn, one.about, one.words)
        case "introduction":
            other = await enterprises.by_id(turn.db, one.other_id) if one.other_id else None
            craft = craft_label(turn, other.craft) if other else ""
            what = turn.spoken(say("where.introduction", "to meet: {craft}", craft=craft))
        case _ if one.about == "question":
            what = turn.spoken(say("where.question", "your question"))
        case _:
            day = dated(today(turn.zone, one.promised_for or one.since), turn.language)
            what = turn.spoken(say("where.task", "help, promised by {day}", day=day))
    return turn.spoken(
        say(
            "where.line",
            "{what}. Since {since}. Who has it: {holder}.",
            what=what,
            since=since,
            holder=holder,
        )
    )


@command("command.away", "away until, away", takes="words")
async def away(turn: Turn, rest: str) -> None:
    """No unprompted message until a day; alone, it ends, and what waits for a broker is asked."""
    if not rest and turn.contact.away_until:
        turn.change(away_until=None)
        if turn.roles:
            turn.wake(f"back:{turn.inbox_seq}", Wake(turn.contact.id, what="alerts"))
        turn.tell(say("phrase.here_again", "Welcome back. We write to you again."))
        return
    reading = dates.read(rest, turn.language, today(turn.zone, turn.now))
    if not isinstance(reading, Clear | Nearly):
        turn.tell(say("phrase.away_how", "Write AWAY and the day you are back: AWAY 12/3/2027."))
        return
    day = datetime.fromisoformat(str(reading.value)).date()
    if day <= today(turn.zone, turn.now):
        turn.tell(say("phrase.away_past", "That day is over already."))
        return
    back = datetime.combine(day, time(), tzinfo=turn.zone)
    turn.change(away_until=back.astimezone(turn.now.tzinfo))
    turn.tell(
        say(
            "phrase.away",
            "We write nothing unasked until {day}. Write AWAY to end it.",
            day=dated(day, turn.language),
        )
    )


# --- addresses ----------------------------------------------------------------------------------


@options("my_channels")
async def my_channels(turn: Turn, session: Session) -> tuple[Offer, ...]:
    found = await urns.of(turn.db, turn.contact.id)
    found = list({linking.label_of(urn): urn for urn in reversed(found)}.values())
    own = (Offer(str(urn.id), linking.label_of(urn), str(urn.id)) for urn in found)
    return (*own, *await by_sms.offers(turn))


async def prefer_address(turn: Turn, urn_id: str) -> None:
    """Write to this address from now on: it counts as the one last heard from."""
    if urn_id == by_sms.SMS:
        await by_sms.decide(turn)
        return
    mine = {urn.id for urn in await urns.of(turn.db, turn.contact.id)}
    if UUID(urn_id) in mine:
        await urns.change(turn.db, UUID(urn_id), heard_at=turn.now)


async def leave_everything(turn: Turn) -> None:
    """End what others still wait for before a person is erased; what they hold passes on."""
    await handing.gone(turn)
    mine = await turn.enterprise()
    if mine is not None:
        await introductions.withdraw_all(turn, mine)
