"""A one-time code makes somebody a broker, a coordinator or a provider, once."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence

from bot import steps
from bot.handlers import facts, outcome
from bot.reasons import place_name
from bot.speech import say
from bot.turn import Turn
from flows.session import Session
from flows.values import Value
from storage import invitations
from storage import roles as role_rows
from storage.roles import Role

LETTERS, DIGITS = "ABCDEFGHJKMNPQRSTUVWXYZ", "23456789"
"""What cannot be taken for one another."""
LOOKS_LIKE_A_CODE = re.compile(
    rf"(?:/?start\s+)?([{LETTERS}{DIGITS}]{{4}}[ -]?[{LETTERS}{DIGITS}]{{4}})", re.I
)


def new_code() -> str:
    """A code nobody guesses, to read aloud: "K7MW-2QRX"; always with letters and digits."""
    while True:
        code = "".join(secrets.choice(LETTERS + DIGITS) for _ in range(8))
        if any(c in DIGITS for c in code) and any(c in LETTERS for c in code):
            return f"{code[:4]}-{code[4:]}"


def code_in(text: str) -> str:
    """The code a message is, typed alone or as START CODE; empty where it is none."""
    found = LOOKS_LIKE_A_CODE.fullmatch(text.strip())
    if found is None or found[1].isdigit() or not any(c.isdigit() for c in found[1]):
        return ""
    return found[1]


async def redeem(turn: Turn, code: str) -> bool:
    """Take a code: the role is granted and its holder welcomed. False where it opens nothing and
    the message may as well be the answer to an open question."""
    if turn.urn is None or turn.urn.address is None:
        return False
    if await invitations.exhausted(turn.db, turn.urn.address, turn.now):
        turn.tell(say("phrase.code_limit", "Those were too many codes. Please try in an hour."))
        await steps.ask_again(turn)
        return True
    role = await invitations.redeem(turn.db, code, turn.contact.id, turn.urn.address, turn.now)
    if role is not None:
        turn.roles = await role_rows.of(turn.db, turn.contact.id)
        await _welcome(turn, role)
        return True
    if turn.agenda.active is not None and not turn.incoming.code:
        return False
    wrong = say(
        "phrase.code_wrong",
        "This code does not work. It is mistyped, used, too old or not for this number.",
    )
    turn.tell(wrong)
    if turn.agenda.active is not None or await turn.has_joined():
        await steps.ask_again(turn)
    return True


async def _welcome(turn: Turn, role: Role) -> None:
    """Ask what is not known yet; a registration that had only begun gives way."""
    turn.event("role_granted", role=role.role)
    turn.agenda.drop("register")
    given: dict[str, Value] = {}
    if await turn.has_consented():
        given = {"language": turn.language, "consent": "yes", "called": turn.contact.name}
    await steps.start(turn, "staff", str(role.id), {k: v for k, v in given.items() if v})


@facts("staff")
async def of_staff(turn: Turn, session: Session) -> Mapping[str, str]:
    role = next((r for r in turn.roles if str(r.id) == session.subject), None)
    if role is None:
        return {"programme": turn.house.settings.programme}
    return {
        "programme": turn.house.settings.programme,
        "role": turn.spoken(ROLE_NAMES.get(role.role, say("role.other", "Member"))),
        "area": area_in_words(turn, role.area),
        "agency": role.agency or turn.house.settings.programme,
    }


def area_in_words(turn: Turn, area: Sequence[str]) -> str:
    """The places of an area by name."""
    if not area:
        return turn.spoken(say("area.everywhere", "everywhere"))
    return ", ".join(place_name(turn, code) for code in area)


ROLE_NAMES = {
    "broker": say("role.broker", "Broker"),
    "coordinator": say("role.coordinator", "Coordinator"),
    "confidant": say("role.confidant", "Hears complaints"),
    "provider": say("role.provider", "Service provider"),
}


@outcome("staff")
async def staff_ready(turn: Turn, session: Session) -> None:
    """Without consent nothing is kept, so the role ends as well."""
    if session.answers.get("consent") == "yes":
        turn.change(name=str(session.answers.get("called") or turn.contact.name or ""))
        return
    await role_rows.revoke(turn.db, turn.contact.id, None, turn.now)
    turn.roles = ()
