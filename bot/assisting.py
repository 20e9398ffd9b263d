"""Somebody without a phone: a broker reads the questions aloud and writes what is answered.

The person is a contact of their own, without an address. What the house has for them is told to
whoever assists them, and what that one writes for them is handled as the person's own message, in
their own turn: every rule that holds for people with a phone holds for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from bot import consent, in_charge, steps
from bot.agenda import ALERT, LIGHT
from bot.commands import starts
from bot.handlers import facts, options, outcome, told
from bot.messages import Reply, Wake
from bot.speech import say
from bot.turn import CONSENT, REPLY, Turn
from flows.session import Session
from flows.values import Offer
from flows.wording import worded
from storage import consents, contacts, enterprises, roles
from storage import tasks as rows
from storage.contacts import Contact

ROLES = ("broker", "coordinator")


# --- registering --------------------------------------------------------------------------------


@starts("assist", roles=ROLES)
async def assist(turn: Turn, rest: str) -> None:
    """Register somebody who has no phone."""
    await steps.start(turn, "assist")


async def begin(turn: Turn, contact_id: UUID) -> None:
    """Register somebody by telephone who asked to be called, unless they have done it since."""
    if await enterprises.of_contact(turn.db, contact_id) is not None:
        turn.tell(say("phrase.joined_meanwhile", "This person has registered already."))
        return
    await steps.start(turn, "assist", str(contact_id))


@facts("assist")
async def of_assist(turn: Turn, session: Session) -> Mapping[str, str]:
    """The text to agree to, in the language of the person."""
    language = str(session.answers.get("speaks") or turn.language)
    translate = turn.house.catalogues.translate(language)
    step = turn.house.library.step("register", "consent", language, translate)
    programme = {"programme": turn.house.settings.programme}
    return {"aloud": worded(step.short or step.text, programme) if step else ""}


@outcome("assist")
async def agreed(turn: Turn, session: Session) -> None:
    """A spoken yes is written down as such; then the questions of the registration follow."""
    if session.answers.get("consent") != "yes":
        return
    language = str(session.answers.get("speaks"))
    if session.subject:
        whom = UUID(session.subject)
    else:
        made = await contacts.meet_without(turn.db, turn.now, turn.country, language)
        whom = made.id
        await rows.assist(turn.db, whom, turn.contact.id, turn.now, turn.country)
    turn.agree(
        consents.Consent(
            contact_id=whom,
            channel=turn.incoming.channel,
            purpose=CONSENT,
            version=consent.version(turn, "register", language),
            how="spoken",
            given=True,
            at=turn.now,
        )
    )
    turn.event("assisted")
    await steps.start(turn, "register", str(whom), {"language": language, "consent": "yes"})


def finished(turn: Turn, session: Session) -> None:
    """All is answered: it is the person's from here on, and follows in their own turn."""
    if session.answers.get("consent") != "yes" or not session.subject:
        return
    answers = json.dumps(dict(session.answers))
    wake = Wake(UUID(session.subject), what="registered_for", data={"answers": answers})
    turn.wake(f"registered_for:{session.subject}", wake)


# --- what is said for somebody, and to them -----------------------------------------------------


async def assisting(turn: Turn) -> UUID | None:
    """Whoever assists the contact, where the contact has no address; whoever is in charge of the
    place once that one is a broker no more."""
    if turn.urn is not None:
        return None
    kept = await rows.assisted(turn.db, turn.contact.id)
    if kept is None:
        return None
    if kept.holder_id and await roles.of(turn.db, kept.holder_id):
        return kept.holder_id
    mine = await turn.enterprise()
    region = mine.region if mine else None
    found = await in_charge.of_area(turn, turn.country, region, (turn.contact.id,))
    return found[0] if found else None


async def pass_on(turn: Turn, reply: Reply) -> None:
    """Have what is said to somebody without an address said to whoever assists them."""
    holder = await assisting(turn)
    if holder is None:
        return
    options = [f"{number}. {choice.label}" for number, choice in enumerate(reply.choices, 1)]
    data = {
        "name": turn.contact.name or "-",
        "words": "\n".join([reply.text, *options]),
        "asks": "yes" if turn.agenda.active is not None else "",
        "answers": "yes" if turn.rank == REPLY else "",
    }
    wake = Wake(holder, what="for_person", subject=str(turn.contact.id), data=data)
    turn.wake(f"for_person:{turn.inbox_seq}:{turn.contact.id}", wake)


@told("for_person")
async def for_person(turn: Turn, wake: Wake) -> None:
    """Tell whoever assists somebody what is said to that person, and ask for the answer."""
    turn.purpose = "for_person"
    if wake.data["answers"]:
        turn.rank = REPLY
    name = wake.data["name"]
    turn.tell(say("phrase.for_person", "For {name}:\n{words}", name=name, words=wake.data["words"]))
    if not wake.data["asks"]:
        return
    active = turn.agenda.active
    if active is None or active.flow in LIGHT:
        await steps.start(turn, "speak_for", wake.subject, {"how": "known"}, ALERT)
    else:
        turn.tell(say("phrase.for_person_how", "Write SPEAK FOR when you have the answer."))


@starts("speak_for", roles=ROLES)
async def speak_for(turn: Turn, rest: str) -> None:
    """Write for one of those without a phone."""
    if not await _mine(turn):
        turn.tell(say("phrase.nobody_assisted", "You assist nobody yet. Write ASSIST."))
        return
    await steps.start(turn, "speak_for", given={"how": "pick"})


@options("assisted_people")
async def assisted_people(turn: Turn, session: Session) -> tuple[Offer, ...]:
    return tuple(Offer(str(one.id), one.name or "-", str(one.id)) for one in await _mine(turn))


async def _mine(turn: Turn) -> list[Contact]:
    kept = await rows.assisted_by(turn.db, turn.contact.id)
    found = await contacts.by_ids(turn.db, [one.contact_id for one in kept])
    return [one for one in found.values() if one.erased_at is None]


def _whom(session: Session) -> UUID | None:
    whom = session.subject or session.answers.get("whom")
    return UUID(whom) if isinstance(whom, str) else None


@facts("speak_for")
async def of_speak_for(turn: Turn, session: Session) -> Mapping[str, str]:
    whom = _whom(session)
    who = await contacts.by_id(turn.db, whom) if whom else None
    return {"who": (who.name if who else None) or "-"}


@outcome("speak_for")
async def spoken_for(turn: Turn, session: Session) -> None:
    """Their words go to the person's own turn; what comes of them is told from there."""
    whom, said = _whom(session), session.answers.get("words")
    turn.speech.forget()
    if whom is None or not isinstance(said, str):
        return
    if whom not in {one.id for one in await _mine(turn)}:
        turn.tell(say("phrase.not_assisted", "You do not assist this person."))
        return
    wake = Wake(whom, what="said_for", data={"words": said})
    turn.wake(f"said_for:{turn.inbox_seq}:{whom}", wake)
