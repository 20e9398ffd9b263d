from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from bot.channels.phone import name_in_inbox
from bot.sockets import MOST_FRAME, is_ours
from storage import inbox, sends
from tests.pipeline.talking import house as talking_house
from tests.web.conftest import House


async def test_a_phone_is_told_who_it_is(house: House) -> None:
    page = await house.phone(look="sms", language="es")
    opened = await page.hears("opened")
    assert opened | {"languages": []} == {
        "type": "opened",
        "urn": "phone:ana",
        "look": "sms",
        "window": True,
        "blocked": False,
        "languages": [],
        "role": "artisan",
        "country": "HN",
    }
    assert opened["languages"][1] == {"code": "es", "name": "Español", "dir": "ltr"}


async def test_what_is_said_is_accepted_shown_and_answered(house: House) -> None:
    page = await house.phone(look="telegram")
    id = await page.tell(type="say", text="hola")
    accepted = await page.hears("accepted", id=id)
    mine = await page.hears("message", id=id)
    assert (mine["seq"], mine["from"], mine["text"]) == (accepted["seq"], "me", "hola")
    answer = await page.hears("message", **{"from": "bot"})
    assert answer["seq"] > mine["seq"]
    assert {"label": "English", "number": "1"}.items() <= answer["buttons"][0].items()
    await page.tell(type="tap", payload=answer["buttons"][0]["payload"], label="English")
    assert (await page.hears("message", **{"from": "bot"}))["text"] != answer["text"]


async def test_said_again_it_is_one_message(house: House) -> None:
    page = await house.phone()
    id = await page.tell(type="say", text="hola")
    first = await page.hears("accepted", id=id)
    await page.tell(type="say", text="hola", id=id)
    assert await page.hears("accepted", id=id) == first
    other = await house.phone("phone:ben")
    await other.tell(type="say", text="hello", id=id)
    assert (await other.hears("accepted", id=id))["seq"] != first["seq"]
    async with house.pipeline.database.read() as db:
        assert (
            await inbox.by_external_id(db, "phone", name_in_inbox(db, "phone:ben", id)) is not None
        )


async def test_a_phone_that_comes_back_sees_what_it_missed_and_nothing_twice(
    house: House,
) -> None:
    page = await house.phone()
    await page.tell(type="say", text="hola")
    answer = await page.hears("message", **{"from": "bot"})
    await page.tell(type="say", text="es")
    second = await page.hears("message", **{"from": "bot"})
    await page.socket.close()
    again = await house.phone(after=answer["seq"])
    seen = await again.hears("message", **{"from": "me"})
    assert seen["text"] == "es"
    assert await again.hears("message", **{"from": "bot"}) == second
    assert again.heard == [frame for frame in again.heard if frame["type"] == "opened"]


@pytest.mark.parametrize(
    "data", ["nonsense", "[]", '{"type": "fly"}', '{"type": "say", "id": "1", "text": ""}', b"\x00"]
)
async def test_a_wrong_frame_is_refused_and_the_line_kept(house: House, data: str | bytes) -> None:
    page = await house.phone()
    await (page.socket.send_bytes if isinstance(data, bytes) else page.socket.send_str)(data)  # type: ignore[arg-type]
    assert (await page.hears("refused"))["why"].endswith(".")
    id = await page.tell(type="say", text="hola")
    await page.hears("accepted", id=id)


async def test_who_has_not_opened_says_nothing(house: House) -> None:
    async with house.client.ws_connect("/phone/socket") as socket:
        await socket.send_json({"type": "say", "id": "1", "text": "hola"})
        refused = await socket.receive_json()
    assert (refused["type"], refused["id"]) == ("refused", "1")


async def test_a_frame_over_a_megabyte_ends_the_line_with_the_right_status(house: House) -> None:
    page = await house.phone()
    await page.hears("opened")
    await page.socket.send_str("a" * (MOST_FRAME + 1))
    message = await page.socket.receive()
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1009)
    again = await house.phone()
    id = await again.tell(type="say", text="hola")
    await again.hears("accepted", id=id)


async def test_ten_thousand_characters_are_answered(house: House) -> None:
    page = await house.phone()
    id = await page.tell(type="say", text="a" * 10_000)
    await page.hears("accepted", id=id)
    await page.hears("message", **{"from": "bot"})


async def test_what_is_shown_counts_as_delivered_and_what_is_seen_as_read(house: House) -> None:
    page = await house.phone()
    await page.tell(type="say", text="hola")
    answer = await page.hears("message", **{"from": "bot"})
    await state_of(house, answer["id"], "delivered")
    await page.tell(type="seen", seq=answer["seq"])
    await state_of(house, answer["id"], "read")


async def state_of(house: House, key: str, state: str) -> None:
    """Until a message has come so far."""
    async with asyncio.timeout(10):
        while True:
            async with house.pipeline.database.read() as db:
                if not await sends.short_of(db, "phone", [key], state):
                    return
            await asyncio.sleep(0.02)


async def test_a_blocked_phone_writes_nothing_until_it_is_unblocked(house: House) -> None:
    page = await house.phone()
    await page.tell(type="say", text="hola")
    await page.hears("message", **{"from": "bot"})
    await page.tell(type="block", blocked=True)
    id = await page.tell(type="say", text="es")
    assert (await page.hears("refused"))["id"] == id
    await page.tell(type="block", blocked=False)
    await page.tell(type="say", text="es")
    await page.hears("message", **{"from": "bot"})


async def test_the_look_decides_how_an_answer_looks(house: House) -> None:
    page = await house.phone(look="telegram")
    await page.tell(type="look", look="sms")
    await page.tell(type="say", text="hola")
    answer = await page.hears("message", **{"from": "bot"})
    assert answer["buttons"] == []
    assert answer["sms"]["segments"] >= 1
    assert "1 English" in answer["text"]


async def test_pins_and_taps_that_answer_nothing_are_answered(house: House) -> None:
    page = await house.phone()
    await page.tell(type="pin", lat=14.59, lon=-88.58)
    shown = await page.hears("message", **{"from": "me"})
    assert shown["pin"] == {"lat": 14.59, "lon": -88.58}
    await page.hears("message", **{"from": "bot"})
    await page.tell(type="tap", payload="zzzzzzzz.9.no", label="Old")
    await page.hears("message", **{"from": "bot"})


async def test_another_page_may_not_open_a_line(house: House) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await house.client.ws_connect("/phone/socket", origin="https://evil.example")
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        (None, "127.0.0.1:8080", True),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://127.0.0.1:8081", "127.0.0.1:8080", False),
        ("http://evil.example:8080", "evil.example:8080", False),
        ("null", "127.0.0.1:8080", False),
        ("http://[", "[", False),
        ("https://chat.example.org", "127.0.0.1:8080", True),
        ("http://chat.example.org", "chat.example.org", False),
    ],
)
def test_a_line_is_ours_by_its_origin(origin: str | None, host: str, ours: bool) -> None:
    settings = replace(talking_house().settings, public_url="https://chat.example.org")
    assert is_ours(origin, host, settings) is ours


async def test_a_database_that_is_away_costs_no_message(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await house.phone()
    await page.hears("opened")

    def away() -> Any:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(house.pipeline.database, "begin", away)
        id = await page.tell(type="say", text="hola")
        message = await page.socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1013)
    again = await house.phone()
    await again.tell(type="say", text="hola", id=id)
    await again.hears("accepted", id=id)
    await again.hears("message", **{"from": "bot"})
    async with house.pipeline.database.read() as db:
        assert await inbox.depth(db) == (0, None)
