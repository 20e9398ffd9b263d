"""`artisan invite` and `artisan revoke`: one-time codes for roles, made by hand and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import places, wakes
from bot.channels.telegram_http import name_of
from bot.invitations import new_code
from bot.messages import Wake
from bot.settings import ROOT, Settings
from bot.terminal import checked
from bot.usage import UsageError
from storage import contacts, invitations, roles
from storage.database import Database

AREA = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


async def invite(
    database: Database, settings: Settings, role: str, area: str, agency: str, urn: str
) -> str:
    """Make an invitation; gives what to hand to the person invited."""
    regions, address, code = areas(area), checked(urn) if urn else None, new_code()
    if len(agency) > 80:
        raise UsageError("--agency has at most 80 characters")
    async with database.begin() as db:
        made = await invitations.make(
            db,
            code,
            role,
            datetime.now(UTC),
            agency=agency or None,
            area=regions,
            for_urn=address,
        )
    where = f" for {', '.join(regions)}" if regions else ""
    whom = f", bound to {address}" if address else ""
    until = made.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    bot = await name_of(settings.telegram) if settings.telegram else ""
    lines = [f"{role.capitalize()}{where}{whom}, once, until {until}."]
    lines += links(settings, code, bot)
    return "\n".join([*lines, f"or write: {code}"])


def links(settings: Settings, code: str, bot: str = "") -> Iterator[str]:
    """The ways to redeem a code: the link of a Telegram bot by its name, of a WhatsApp number, and
    the numbers to which an SMS may go."""
    account = settings.twilio
    if bot:
        yield f"https://t.me/{bot}?start={code}"
    if account and account.whatsapp:
        number = account.whatsapp.removeprefix("whatsapp:").lstrip("+")
        yield f"https://wa.me/{number}?text={quote(f'START {code}')}"
    numbers = [account.sms] if account else []
    numbers += [one.number for one in settings.gateways if one.two_way]
    for number in dict.fromkeys(one for one in numbers if re.fullmatch(r"\+?[0-9]+", one)):
        yield f"By SMS to {number}: START {code}"
    if settings.demo:
        page = f"http://{settings.host}:{settings.port}/phone"
        yield f"On a phone at {page}, or by artisan chat: START {code}"


def areas(text: str) -> tuple[str, ...]:
    """Regions and countries by commas. Raises UsageError at the first that is none."""
    found = tuple(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))
    for area in found:
        if not AREA.fullmatch(area) or not _exists(area):
            raise UsageError(
                f"{area} is no region or country known here: write regions such as HN-IN, or "
                "countries such as HN, by commas"
            )
    return found


def _exists(area: str) -> bool:
    """A country of any kind; a region where we have the country's table."""
    country, _, region = area.partition("-")
    if country not in SUPPORTED_REGIONS:
        return False
    known = places.regions(ROOT / "locales" / "places", country)
    return not region or not known or area in known


async def _pass_on(db: AsyncConnection, now: datetime) -> None:
    """Have what somebody held who may be a broker no more given to others at once."""
    for role in (await roles.holders(db, "coordinator"))[:1]:
        wake = Wake(role.contact_id, what="orphans")
        await wakes.post(db, [(f"orphans:{now.isoformat()}", wake)], now)


async def revoke(database: Database, what: str) -> str:
    """Take back an invitation with the role it gave, or all roles of a person."""
    now = datetime.now(UTC)
    async with database.begin() as db:
        if ":" not in what:
            if await invitations.revoke_code(db, what, now):
                await _pass_on(db, now)
                return "Revoked: the invitation, and the role if it gave one."
            raise UsageError("there is no such code, or it has been revoked before")
        found = await contacts.known(db, checked(what))
        ended = await roles.revoke(db, found[0].id, None, now) if found else 0
        await _pass_on(db, now)
    if not ended:
        raise UsageError("nobody at this address has a role")
    return f"Revoked: {ended} role{'s' if ended > 1 else ''}."
