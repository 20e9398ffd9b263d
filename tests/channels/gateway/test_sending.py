"""Handing messages to a gateway: how a call looks and what its answer means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.base import Recipient
from bot.channels.gateway import Gateways
from bot.messages import Gone, Rejected, Result, RetryAt, Sent, Uncertain
from tests.channels.gateway.conftest import FarSide, gateway

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANA = Recipient("tel:+50499887766")
WIRE: dict[str, Any] = {"form": [["Body", "¿Qué hace?"]], "text": "¿Qué hace?"}
KEY = "01a213f0-971e-713b-8e33-b00a378310bf.0"


@pytest.fixture
async def channel(far_side: FarSide) -> AsyncIterator[Gateways]:
    async with Gateways([gateway(url=far_side.url)]) as opened:
        yield opened


async def said(channel: Gateways, to: Recipient = ANA) -> Result:
    return await channel.send(to, WIRE, KEY, NOW)


@pytest.mark.parametrize(
    ("settings", "handed"),
    [
        ({}, {"to": "+50499887766", "text": "¿Qué hace?", "id": KEY}),
        ({"format": "json"}, {"to": "+50499887766", "text": "¿Qué hace?", "id": KEY}),
        (
            {"method": "GET", "fields": {"msisdn": "{digits}", "m": "{text}", "sender": "{from}"}},
            {"msisdn": "50499887766", "m": "¿Qué hace?", "sender": "+50422334455"},
        ),
    ],
)
async def test_a_text_is_handed_over_as_the_settings_say(
    far_side: FarSide, settings: dict[str, Any], handed: dict[str, str]
) -> None:
    mine = gateway(url=far_side.url, headers={"Authorization": "Bearer k"}, **settings)
    async with Gateways([mine]) as channel:
        assert await said(channel) == Sent(f"tigo:{KEY}")
    assert far_side.handed == [handed]
    assert far_side.headers[0]["Authorization"] == "Bearer k"


async def test_the_far_sides_own_id_is_taken_from_where_it_stands(far_side: FarSide) -> None:
    far_side.answer = '{"SMSMessageData": {"Recipients": [{"messageId": "ATX_1"}]}}'
    where = "SMSMessageData.Recipients.0.messageId"
    async with Gateways([gateway(url=far_side.url, answer_id=where)]) as channel:
        assert await said(channel) == Sent("tigo:ATX_1")
        far_side.answer = "OK"
        assert await said(channel) == Sent(f"tigo:{KEY}")


@pytest.mark.parametrize(
    ("status", "again", "result"),
    [
        (202, "", Sent(f"tigo:{KEY}")),
        (400, "", Rejected("status 400")),
        (401, "", RetryAt(NOW + timedelta(minutes=15), "status 401")),
        (429, "7", RetryAt(NOW + timedelta(seconds=7), "status 429", ("sms:tigo",))),
        (429, "", RetryAt(NOW + timedelta(seconds=10), "status 429", ("sms:tigo",))),
        (503, "30", RetryAt(NOW + timedelta(seconds=30), "status 503", ("sms:tigo",))),
        (503, "", Uncertain("status 503")),
        (500, "", Uncertain("status 500")),
    ],
)
async def test_an_answer_means(
    far_side: FarSide, channel: Gateways, status: int, again: str, result: Result
) -> None:
    far_side.status, far_side.retry_after = status, again
    assert await said(channel) == result


async def test_what_never_left_us_is_tried_again() -> None:
    async with Gateways([gateway()]) as channel:
        assert isinstance(await said(channel), RetryAt)


async def test_a_gateway_that_sends_an_id_once_may_be_handed_it_again(far_side: FarSide) -> None:
    far_side.status = 500
    async with Gateways([gateway(url=far_side.url, once=True)]) as channel:
        assert isinstance(await said(channel), RetryAt)
        assert channel.answers(ANA)
        assert await channel.find(ANA, WIRE, KEY, NOW) is None
    async with Gateways([gateway(url=far_side.url)]) as channel:
        assert not channel.answers(ANA)
        assert isinstance(await channel.find(ANA, WIRE, KEY, NOW), Uncertain)


async def test_the_longest_prefix_decides_and_who_wrote_to_one_is_answered_by_it() -> None:
    wide, narrow = gateway(), gateway(name="claro", prefixes=["+5049"])
    channel = Gateways([wide, narrow])
    assert channel.for_(ANA) is narrow
    assert channel.for_(Recipient("tel:+50422000000")) is wide
    assert channel.for_(Recipient("tel:+50499887766", line="gateway:tigo")) is wide
    assert channel.for_(Recipient("tel:+254700111222")) is None


async def test_a_number_that_nobody_serves_cannot_be_reached(channel: Gateways) -> None:
    assert isinstance(await said(channel, Recipient("tel:+254700111222")), Gone)
    assert isinstance(await said(channel, Recipient("telegram:7", line="gateway:tigo")), Gone)
