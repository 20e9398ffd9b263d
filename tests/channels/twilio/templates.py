"""Templates on the stand-in, as if Meta had approved them."""

from __future__ import annotations

from bot.channels.twilio_wording import needed
from tests.channels.twilio.programme import Programme
from tests.standins.twilio import TwilioServer


async def approve(server: TwilioServer, programme: Programme, *languages: str) -> None:
    """Make, submit and approve what the programme needs, in these languages or all."""
    whatsapp, house = programme.whatsapp, programme.pipeline.house
    url = f"{whatsapp.account.content}/v1/Content"
    for need in needed(house):
        if languages and need.language not in languages:
            continue
        made = await whatsapp.api.post_json(url, need.definition)
        assert made.ok, server.refused
        asked = {"name": need.name, "category": need.occasion.category}
        sid = made.result["sid"]
        submitted = await whatsapp.api.post_json(f"{url}/{sid}/ApprovalRequests/whatsapp", asked)
        assert submitted.ok, submitted
    server.resources.judge("artisan_", "approved")
    assert whatsapp.templates is not None
    assert await whatsapp.templates.look()
