"""Enquiries: a provider somebody wants to be put in touch with, and later whether it helped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from bot import coordinators, suggestions, tasks
from bot.artisans import NO_WORKSHOP
from bot.commands import command
from bot.handlers import facts, outcome, still, told
from bot.messages import Wake
from bot.speech import dated, say
from bot.turn import Turn
from flows.session import Session
from storage import matches, needs
from storage import providers as directory
from storage.enterprises import Enterprise
from storage.needs import Need
from storage.tasks import open_about

ASKED_AFTER = timedelta(days=30)
NO_NEED = say("phrase.no_need", "Write NEED and say what you need first.")


@command("command.providers", "providers, services, who can help", takes="words")
async def providers(turn: Turn, rest: str) -> None:
    """Who serves one's latest need, and with a number the wish to be put in touch with one of
    those shown last; for a coordinator the whole list."""
    mine = await turn.enterprise()
    number = rest.strip()
    if turn.has_role("coordinator") and (mine is None or number):
        await coordinators.listed(turn, rest)
        return
    if mine is None:
        turn.tell(NO_WORKSHOP)
        return
    if number.isdecimal():
        await _ask(turn, mine, int(number))
        return
    wanted = [n for n in await needs.open_of(turn.db, mine.id) if n.category != "partners"]
    if not wanted:
        turn.tell(NO_NEED)
        return
    await show(turn, mine, wanted[-1])


async def show(turn: Turn, mine: Enterprise, need: Need) -> None:
    """Look for checked providers for a need and say who they are."""
    found = await suggestions.find_providers(turn, mine, need)
    if not found:
        turn.tell(
            say("phrase.no_provider", "We know nobody yet who helps with this. Write HELP to ask.")
        )
        return
    turn.tell(say("phrase.providers", "They may help you. Asking costs nothing:"))
    lines = await suggestions.provider_lines(turn, found)
    turn.speech.add("\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1)))
    turn.tell(
        say("phrase.write_providers", "Write PROVIDERS 1 and a broker puts you in touch with 1.")
    )


async def _ask(turn: Turn, mine: Enterprise, number: int) -> None:
    """Give whoever is in charge the task to put somebody in touch with a provider."""
    shown = await matches.latest(turn.db, mine.id, "provider")
    found = await directory.by_ids(turn.db, [one.to_id for one in shown])
    if not 1 <= number <= len(shown) or shown[number - 1].to_id not in found:
        turn.tell(NO_NEED)
        return
    provider = found[shown[number - 1].to_id]
    about = str(provider.id)
    task = await open_about(turn.db, turn.contact.id, "provider", about)
    if task is None:
        turn.noted("asked", mine.pseudonym, provider.id, position=number)
        task = await tasks.give(
            turn,
            "provider",
            about=about,
            words=provider.name,
            region=mine.region,
            subject_id=provider.id,
        )
    turn.tell(
        say(
            "phrase.provider_asked",
            "A broker puts you in touch with {provider} by {day}.",
            provider=provider.name,
            day=dated(task.promised_for.astimezone(turn.zone).date(), turn.language),
        )
    )


@told("provider_met")
async def met(turn: Turn, wake: Wake) -> None:
    """A broker put somebody in touch: in a month they are asked whether it helped."""
    await tasks.helped(turn, wake)
    mine = await turn.enterprise()
    if mine is None:
        return
    provider_id = UUID(wake.subject)
    turn.noted("connected", mine.pseudonym, provider_id)
    asked = Wake(turn.contact.id, flow="helped", subject=wake.subject)
    turn.later(turn.now + ASKED_AFTER, asked, "helped", turn.about("helped", provider_id))


@still("helped")
async def still_there(turn: Turn, subject: str) -> bool:
    return await directory.by_id(turn.db, UUID(subject)) is not None


@facts("helped")
async def of_helped(turn: Turn, session: Session) -> Mapping[str, str]:
    found = await directory.by_id(turn.db, UUID(session.subject or ""))
    return {"provider": found.name if found else ""}


@outcome("helped")
async def was_of_help(turn: Turn, session: Session) -> None:
    """What helped comes sooner again; the rating counts for everybody, the more the more gave
    one."""
    mine = await turn.enterprise()
    if mine is None:
        return
    provider_id = UUID(session.subject or "")
    if session.answers.get("helped") == "yes":
        turn.noted("useful", mine.pseudonym, provider_id)
    rating = session.answers.get("rating")
    if isinstance(rating, int):
        turn.noted("rated", mine.pseudonym, provider_id, rating=rating)
