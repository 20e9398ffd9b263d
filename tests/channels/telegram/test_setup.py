"""The bot is set up as it should be, once, and the doctor says what it finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import telegram_doctor
from bot.channels.telegram_http import Api
from bot.channels.telegram_setup import NotDone, TokenRefused, introduced, offer_commands
from bot.findings import MISSING, WELL, WRONG
from bot.telegram_account import TelegramBot
from tests.channels.telegram.programme import settings_for
from tests.channels.twilio.programme import usual
from tests.standins.telegram import TelegramServer
from tests.standins.telegram_calls import Fault

PUBLIC = "https://artisans.example"


async def told(
    server: TelegramServer, public: str = PUBLIC, set_webhooks: bool = False, token: str = ""
) -> list[tuple[str, str]]:
    """What the doctor says: marks and words."""
    settings = settings_for(server, public, 8080)
    if token:
        settings = replace(settings, telegram=TelegramBot(token, "", server.url))
    house = replace(usual(), settings=settings)
    found = [one async for one in telegram_doctor.findings(house, set_webhooks)]
    return [(one.mark, one.what) for one in found]


async def test_the_doctor_says_where_messages_go_and_sets_it(server: TelegramServer) -> None:
    before = await told(server)
    assert [mark for mark, _ in before] == [WELL, WELL, MISSING]
    assert before[0][1] == "Telegram knows the bot: https://t.me/artisan_test_bot."
    after = await told(server, set_webhooks=True)
    assert after[-1] == (WELL, f"Telegram brings messages to {PUBLIC}/telegram.")
    assert server.hook["url"] == f"{PUBLIC}/telegram"
    assert server.menu == {"type": "commands"}
    elsewhere = await told(server, public="https://other.example")
    assert elsewhere[-1][0] == WRONG and "artisans.example" in elsewhere[-1][1]
    assert (await told(server, public="", set_webhooks=True))[-1][0] == WELL
    assert not server.hook.get("url")
    assert not server.refused


def test_a_message_that_could_not_be_brought_is_said_with_its_time() -> None:
    now = int(datetime.now(UTC).timestamp())
    info = {"url": f"{PUBLIC}/telegram", "last_error_date": now - 60, "pending_update_count": 3}
    (found,) = telegram_doctor._brought({**info, "last_error_message": "502 Bad Gateway"})
    assert found.mark == WRONG
    assert "could not bring a message at " in found.what
    assert "(502 Bad Gateway), 3 wait: " in found.what
    assert not telegram_doctor._brought({**info, "last_error_date": now - 7200})
    (missing,) = telegram_doctor._brought({"url": PUBLIC, "allowed_updates": ["message"]})
    assert "callback_query" in missing.what


async def test_a_clock_that_is_wrong_is_said(server: TelegramServer) -> None:
    house = replace(usual(), settings=settings_for(server, PUBLIC, 8080))
    late = datetime.now(UTC) + timedelta(minutes=5)
    found = [one async for one in telegram_doctor.findings(house, False, late)]
    assert "seconds off" in found[1].what


async def test_a_token_that_is_not_known_is_said(server: TelegramServer) -> None:
    ((mark, words),) = await told(server, token="1:wrong")
    assert (mark, "does not know TELEGRAM_TOKEN" in words) == (WRONG, True)
    async with Api("1:wrong", server.url) as api:
        with pytest.raises(TokenRefused):
            await introduced(api)


async def test_a_server_that_is_away_or_fails_is_said(server: TelegramServer) -> None:
    server.faults.append(Fault("getMe", 500))
    ((mark, words),) = await told(server)
    assert (mark, "does not answer" in words) == (WRONG, True)
    async with Api(server.token, "http://127.0.0.1:1") as api:
        with pytest.raises(NotDone):
            await introduced(api)


async def test_what_is_as_it_should_be_is_left_alone(server: TelegramServer) -> None:
    house = usual()
    async with Api(server.token, server.url) as api:
        assert await offer_commands(api, house.catalogues, ["es", "en"]) == 4
        assert await offer_commands(api, house.catalogues, ["es", "en"]) == 0
    assert set(server.commands) == {"", "es", "en"}
    assert server.commands[""] == server.commands["es"]


async def test_a_server_that_knows_no_commands_is_not_asked_in_vain(
    server: TelegramServer,
) -> None:
    for method in ("getMyCommands", "setMyCommands", "getWebhookInfo"):
        server.faults.append(Fault(method, 404, "Not Found", times=9))
    found = await told(server, set_webhooks=True)
    assert found[-1][0] == MISSING
    assert "cannot say where messages go" in found[-1][1]
