"""A reply that its far side took and could not deliver: it goes again if that is soon and nothing
newer was said, and whoever writes meanwhile is answered at once."""

from __future__ import annotations

from uuid import UUID

import pytest

from bot.pipeline import returned
from tests.channels.twilio.closed import ROSA, comes_to, queue, rosa_agrees, row
from tests.channels.twilio.programme import Programme
from tests.channels.twilio.talking import Talker
from tests.standins.twilio import TwilioServer


@pytest.fixture
async def rosa(server: TwilioServer, programme: Programme) -> Talker:
    """Rosa has agreed, and wrote by WhatsApp just now."""
    person = server.person(ROSA)
    person.heard_at = programme.clock()
    await rosa_agrees(programme)
    return Talker(person)


async def came_back(programme: Programme, rosa: Talker, code: str) -> UUID:
    """An answer to Rosa that failed by a receipt; what comes after it arrives."""
    rosa.person.delivers = code
    message = await queue(programme, "Una respuesta.", rank=0)
    await comes_to(programme, message, "failed", "waiting")
    rosa.person.delivers = "delivered"
    return message


async def test_a_reply_that_came_back_goes_once_more_if_nothing_newer_was_said(
    programme: Programme, rosa: Talker
) -> None:
    message = await came_back(programme, rosa, "63009")
    await comes_to(programme, message, "waiting")
    programme.clock.pass_(seconds=61)
    await returned.try_again(programme.pipeline)
    await rosa.hears("Una respuesta.")
    await comes_to(programme, message, "delivered")


async def test_a_reply_that_came_back_holds_up_no_newer_one_and_is_overtaken_by_it(
    programme: Programme, rosa: Talker
) -> None:
    message = await came_back(programme, rosa, "63009")
    await comes_to(programme, message, "waiting")
    newer = await queue(programme, "Otra respuesta.", rank=0)
    await rosa.hears("Otra respuesta.")
    await comes_to(programme, newer, "delivered")
    programme.clock.pass_(seconds=61)
    await returned.try_again(programme.pipeline)
    found = await comes_to(programme, message, "dropped")
    assert found.error == "overtaken"


async def test_whoever_writes_is_answered_and_not_told_what_came_back(
    programme: Programme, rosa: Talker
) -> None:
    message = await came_back(programme, rosa, "63009")
    await comes_to(programme, message, "waiting")
    await rosa.says("hola", "")
    assert (await row(programme, message)).error == "overtaken"
    assert all("Una respuesta." not in shown.text for shown in rosa.person.screen)


async def test_a_reply_that_would_come_too_late_to_be_worth_hearing_does_not_go_again(
    programme: Programme, rosa: Talker
) -> None:
    message = await came_back(programme, rosa, "30008")
    newer = await queue(programme, "Otra respuesta.", rank=0)
    await rosa.hears("Otra respuesta.")
    await comes_to(programme, newer, "delivered")
    assert (await row(programme, message)).state == "failed"


async def test_a_reply_that_comes_back_when_a_newer_one_was_said_does_not_go_again(
    server: TwilioServer, programme: Programme, rosa: Talker
) -> None:
    server.late = True
    rosa.person.delivers = "63009"
    message = await queue(programme, "Una respuesta.", rank=0)
    await comes_to(programme, message, "sent")
    rosa.person.delivers = "delivered"
    newer = await queue(programme, "Otra respuesta.", rank=0)
    await comes_to(programme, newer, "sent")
    await server.settled()
    await server.release(order=lambda number: number)
    await comes_to(programme, newer, "delivered")
    await comes_to(programme, message, "failed")
