"""What `artisan doctor` says of SMS by country: which way it goes, and whether people can answer.

Source: Twilio's country pages for SMS; two-way SMS is not sold in the countries named here."""

from __future__ import annotations

from collections.abc import Iterator

from babel import Locale

from bot.findings import MISSING, WELL, WRONG, Finding
from bot.settings import Settings

ONE_WAY = frozenset({"NI", "HT", "TZ", "ET"})
"""Countries in which Twilio sells no number that people can answer to."""


def findings(settings: Settings) -> Iterator[Finding]:
    """A line a gateway, then a line a country."""
    for gateway in settings.gateways:
        where = f"{settings.public_url or 'PUBLIC_URL'}/sms/{gateway.name}"
        back = f"it brings answers to {where}" if gateway.two_way else "nobody can answer by it"
        yield Finding(
            WELL, f"SMS gateway {gateway.name} for {', '.join(gateway.prefixes)}; {back}."
        )
    for country in sorted({settings.country, *(one.region for one in settings.gateways)}):
        yield _country(settings, country)


def _country(settings: Settings, country: str) -> Finding:
    name = Locale("en").territories.get(country, country)
    ways = ["Telegram"] if settings.telegram else []
    ways += ["WhatsApp"] if settings.twilio and settings.twilio.whatsapp else []
    mine = [one for one in settings.gateways if one.region == country]
    by_twilio = settings.twilio is not None and settings.twilio.has_sms
    if mine:
        kind = "SMS" if any(one.two_way for one in mine) else "SMS without answers"
        ways.append(f"{kind} by {' and '.join(one.name for one in mine)}")
    elif by_twilio and country not in ONE_WAY:
        ways.append("SMS by Twilio")
    if by_twilio and not mine and country in ONE_WAY:
        return Finding(
            WRONG,
            f"{name}: Twilio sells no SMS there that people can answer; set SMS_GATEWAYS to an "
            f"aggregator or a telephone with a local card. Works: {', '.join(ways) or 'nothing'}.",
        )
    return Finding(WELL if ways else MISSING, f"{name}: {', '.join(ways) or 'no channel yet'}.")
