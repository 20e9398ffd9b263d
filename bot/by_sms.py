"""Whether somebody agreed to be written to by SMS where their channel lets nothing through."""

from __future__ import annotations

from bot.speech import say
from bot.turn import Turn
from flows.values import Offer
from storage import urns
from storage.consents import Consent

SMS = "sms"
"""The purpose of the consent, and the option by which it is given or taken back."""

TEXT = "settings.also_by_sms"
"""The version of what was agreed to."""


async def offers(turn: Turn) -> tuple[Offer, ...]:
    """The option to be written to by SMS as well, or no longer; none where we send no SMS."""
    settings = turn.house.settings
    if not settings.gateways and not (settings.twilio and settings.twilio.has_sms):
        return ()
    if turn.contact.sms_ok:
        return (Offer(SMS, turn.spoken(say("option.not_by_sms", "No more SMS")), SMS),)
    if not any(
        urn.scheme in ("whatsapp", "tel") for urn in await urns.of(turn.db, turn.contact.id)
    ):
        return ()
    label = turn.spoken(say("option.also_by_sms", "Also by SMS"))
    return (Offer(SMS, label, SMS),)


async def decide(turn: Turn) -> None:
    """Agree to it or take it back, whichever was offered; note it in the log."""
    given = not turn.contact.sms_ok
    note(turn, given=given)
    if given:
        await _number(turn)


def note(turn: Turn, *, given: bool) -> None:
    """Write a yes or a no down: it holds from now on."""
    turn.change(sms_ok=given)
    turn.agree(
        Consent(
            contact_id=turn.contact.id,
            channel=turn.incoming.channel,
            purpose=SMS,
            version=f"{turn.language}:{TEXT}",
            how="asked",
            given=given,
            at=turn.now,
        )
    )


async def _number(turn: Turn) -> None:
    """Without a number for SMS, that of WhatsApp is one; unless it is somebody else's here."""
    mine = await urns.of(turn.db, turn.contact.id)
    if any(urn.scheme == "tel" for urn in mine):
        return
    number = next(
        (urn.path for urn in mine if urn.scheme == "whatsapp" and urn.path[:1] == "+"), ""
    )
    if number and await urns.by_address(turn.db, f"tel:{number}") is None:
        urn = await urns.link_new(turn.db, turn.contact.id, f"tel:{number}", turn.now, via=SMS)
        await urns.change(turn.db, urn.id, heard_at=None)
