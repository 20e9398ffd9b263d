"""CHECK: a coordinator looks at providers and buyers before anybody is pointed to them, and again
before that runs out. One that is reported is withdrawn at once, and whoever was pointed there
hears so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from babel.dates import format_date

from bot import alerts, in_charge, steps, tasks
from bot.agenda import ALERT
from bot.catalogues import locale_of
from bot.commands import starts
from bot.handlers import facts, options, outcome, still, told
from bot.hours import end_of, today
from bot.messages import Wake
from bot.reasons import option_label, place_name
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from storage import contacts, enterprises, matches, providers
from storage import tasks as rows
from storage.providers import Provider

ROLE = ("coordinator",)

AHEAD = timedelta(days=30)
"""So long before a check runs out somebody is asked to look again."""

HOLDS = {"m3": timedelta(days=91), "m6": timedelta(days=182), "m12": timedelta(days=365)}
REPORTED = "reported"
"""The kind of alert and of task that a reported provider is."""

NOBODY_TO_CHECK = say("phrase.nothing_to_check", "All are checked. Write PROVIDERS to see them.")


def ahead(turn: Turn, one: Provider) -> bool:
    """Whether it is to be looked at: never was, runs out soon or has, or was withdrawn."""
    return not one.is_checked(turn.now + AHEAD)


@starts("checks", roles=ROLE)
async def checks(turn: Turn, rest: str) -> None:
    """Those to look at, numbered; a number opens one."""
    if any(ahead(turn, one) for one in await providers.listed(turn.db)):
        await steps.start(turn, "checks")
    else:
        turn.tell(NOBODY_TO_CHECK)


@options("to_check")
async def to_check(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """Those nobody has checked first, then those that run out, then those withdrawn."""
    found = [one for one in await providers.listed(turn.db) if ahead(turn, one)]
    found.sort(key=lambda one: (one.hidden_at is not None, one.checked_until or one.created_at))
    return tuple(Offer(str(one.id), f"{_named(turn, one)}{_mark(turn, one)}", str(one.id), one.name)
                 for one in found)  # fmt: skip


def _named(turn: Turn, one: Provider) -> str:
    where = one.place or (place_name(turn, one.region) if one.region else "")
    return ", ".join(filter(None, (one.name, where)))


def _mark(turn: Turn, one: Provider) -> str:
    if not one.is_checked(turn.now) or one.checked_until is None:
        return turn.spoken(say("provider.unchecked", " (not checked, not shown)"))
    until = on(turn, today(turn.zone, one.checked_until))
    return turn.spoken(say("provider.until", " (until {day})", day=until))


def on(turn: Turn, day: date) -> str:
    """A day with its year, since a check may hold into the next."""
    return str(format_date(day, "medium", locale=locale_of(turn.language)))


@outcome("checks")
async def picked(turn: Turn, session: Session) -> None:
    turn.speech.forget()
    await steps.start(turn, "check", str(session.answers.get("pick")), rank=ALERT)


# --- one of them --------------------------------------------------------------------------------


async def _found(turn: Turn, subject: str | None) -> Provider | None:
    return await providers.by_id(turn.db, UUID(subject)) if subject else None


@still("check")
async def still_to_check(turn: Turn, subject: str) -> bool:
    one = await _found(turn, subject)
    return one is not None and turn.has_role(*ROLE) and ahead(turn, one)


@facts("check")
async def of_check(turn: Turn, session: Session) -> Mapping[str, str]:
    """Who it is, who checked it how and until when, and what was reported of it."""
    one = await _found(turn, session.subject)
    if one is None:
        return {}
    words = [task.words for task in await rows.about(turn.db, REPORTED, one.id) if task.words]
    return {"who": _named(turn, one), "standing": await standing(turn, one, words)}


async def standing(turn: Turn, one: Provider, reported: list[str]) -> str:
    lines = []
    if one.checked_at is None or one.checked_until is None:
        lines.append(say("provider.nobody", "Nobody has checked them yet."))
    else:
        who = await contacts.by_id(turn.db, one.checked_by) if one.checked_by else None
        how = option_label(turn, "check", "how", one.checked_how or "")
        lines.append(
            say(
                "provider.checked",
                "Checked by {who} on {day} ({how}). Holds until {until}.",
                who=(who.name if who else None) or turn.house.settings.programme,
                day=on(turn, today(turn.zone, one.checked_at)),
                how=how or "-",
                until=on(turn, today(turn.zone, one.checked_until)),
            )
        )
    if one.hidden_at is not None:
        lines.append(say("provider.withdrawn", "Withdrawn: nobody is pointed there."))
    said = [turn.spoken(line) for line in lines]
    return "\n".join([*said, *(f"“{words}”" for words in reported)])


@outcome("check")
async def checked(turn: Turn, session: Session) -> None:
    """Note who checked it, how and until when; or point nobody there."""
    one = await _found(turn, session.subject)
    how = str(session.answers.get("how"))
    if one is None or not turn.has_role(*ROLE):
        return
    if how == "later":
        for kind in ("check", REPORTED):
            await alerts.snoozed(turn, kind, one.id)
        return
    if how == "no":
        await withdraw(turn, one)
    else:
        until = turn.now + HOLDS[str(session.answers.get("until"))]
        await providers.check(turn.db, one.id, turn.contact.id, how, turn.now, until)
    for task in await rows.about(turn.db, REPORTED, one.id):
        await rows.done(turn.db, task.id, turn.now)
    for kind in ("check", REPORTED):
        await alerts.answered(turn, kind, one.id)
    turn.event("provider_checked", how=how)


# --- before it runs out -------------------------------------------------------------------------


@told("checks_look")
async def look(turn: Turn, wake: Wake) -> None:
    """Once a week: have whatever runs out soon looked at. What nobody has ever checked stands in
    CHECK and is asked of nobody: a long list may have been read in."""
    if not turn.has_role(*ROLE):
        return
    chiefs = await in_charge.coordinators(turn)
    for one in await providers.listed(turn.db):
        if one.checked_at is not None and one.hidden_at is None and ahead(turn, one):
            await alerts.put(
                turn, "check", one.id, country=one.country, region=one.region, among=chiefs
            )


# --- reported -----------------------------------------------------------------------------------


async def pointed(turn: Turn) -> list[Provider]:
    """The providers the contact's workshop was ever pointed to."""
    mine = await turn.enterprise()
    if mine is None:
        return []
    ids = await matches.ever_shown(turn.db, mine.id, "provider")
    return sorted((await providers.by_ids(turn.db, ids)).values(), key=lambda one: one.name)


async def reported(turn: Turn, one: Provider, words: str) -> None:
    """Withdraw it, and have a coordinator look; who reported it is told what was done."""
    chiefs = await in_charge.coordinators(turn, (turn.contact.id,))
    promised = end_of(tasks.promised_day(turn), turn.zone, turn.now)
    await rows.add(
        turn.db, REPORTED, turn.contact.id, turn.now, promised, words=words or None,
        subject_id=one.id, country=one.country, region=one.region,
    )  # fmt: skip
    await withdraw(turn, one)
    await alerts.put(turn, REPORTED, one.id, country=one.country, region=one.region, among=chiefs)
    turn.event("provider_reported")
    turn.speech.forget()
    turn.tell(
        say(
            "phrase.provider_reported",
            "Thank you. From now on nobody is pointed there, and those we told of them are warned.",
        )
    )


async def withdraw(turn: Turn, one: Provider) -> None:
    """Point nobody there any more, and warn whoever was."""
    if one.hidden_at is not None:
        return
    await providers.hide(turn.db, one.id, turn.now)
    speakers = await enterprises.speakers(turn.db, await matches.who_saw(turn.db, one.id))
    for who in dict.fromkeys(speakers.values()):
        wake = Wake(who, what="provider_withdrawn", subject=str(one.id))
        turn.wake(f"withdrawn:{one.id}:{turn.inbox_seq}:{who}", wake)


async def withdraw_of(turn: Turn) -> None:
    """The contact was frozen: what they offer goes with them."""
    for one in await providers.of_contact(turn.db, turn.contact.id):
        await withdraw(turn, one)


@told("provider_withdrawn")
async def warned(turn: Turn, wake: Wake) -> None:
    one = await _found(turn, wake.subject)
    if one is not None and one.hidden_at is not None:
        turn.purpose = "provider_withdrawn"
        turn.tell(
            say(
                "phrase.provider_withdrawn",
                "Please take care: something was reported about {name}. "
                "Give no money and no goods there.",
                name=one.name,
            )
        )
