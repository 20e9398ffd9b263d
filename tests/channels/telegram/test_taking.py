"""Taking updates in: nothing forged or broken gets through, nothing valid is lost."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.telegram_taking import MOST, accepting, poll, secret_of, take
from bot.messages import Incoming
from storage import inbox
from storage.database import Database
from tests.channels.telegram.programme import Programme, standing
from tests.standins.telegram import TOKEN, TelegramServer
from tests.standins.telegram_calls import Fault

SECRET = secret_of(TOKEN)
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def programme(
    server: TelegramServer, database: Database, tmp_path: Path
) -> AsyncIterator[Programme]:
    """A web server that takes updates; nothing answers them. On SQLite and on PostgreSQL."""
    async with standing(server, database, tmp_path) as stands:
        server.hook = {"url": f"{stands.address}/telegram", "secret_token": SECRET}
        yield stands


def update(number: int, text: str = "hola", sender: int = 77) -> dict[str, Any]:
    user = {"id": sender, "is_bot": False, "first_name": "A"}
    chat = {"id": sender, "type": "private"}
    message = {"message_id": number, "date": 1764000000, "from": user, "chat": chat, "text": text}
    return {"update_id": number, "message": message}


async def kept(programme: Programme) -> int:
    async with programme.pipeline.database.read() as db:
        return (await inbox.depth(db))[0]


async def posted(
    programme: Programme, data: bytes, secret: str | None = SECRET, **more: str
) -> int:
    headers = {**more, **({HEADER: secret} if secret is not None else {})}
    url = f"{programme.address}/telegram"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=data, headers=headers) as response,
    ):
        assert "Traceback" not in await response.text()
        return response.status


async def test_an_update_is_kept_before_it_is_answered(programme: Programme) -> None:
    assert await posted(programme, json.dumps(update(1)).encode()) == 200
    assert await kept(programme) == 1


@pytest.mark.parametrize(
    ("secret", "status"),
    [(None, 401), ("", 403), ("wrong", 403), (SECRET[:-1], 403), (SECRET + "x", 403), ("é", 403)],
)
async def test_what_shows_not_our_secret_is_refused(
    programme: Programme, secret: str | None, status: int
) -> None:
    assert await posted(programme, json.dumps(update(1)).encode(), secret) == status
    assert await kept(programme) == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b"[" * 100_000, 400),
        (b"[]", 400),
        (b'"hola"', 400),
        (b"null", 400),
        (b"1" * 5000, 400),
        (b"eyJ1cGRhdGVfaWQiOjF9", 400),
        (b"{}", 200),
        (b'{"update_id": 1}', 200),
        (b'{"update_id": 1, "hologram": {"a": [1, 2, {"b": null}]}}', 200),
        (b'{"update_id": 1, "message": {"text": "\\ud800"}}', 200),
        (b'{"update_id": NaN, "message": {"chat": {"id": Infinity}, "text": "x"}}', 200),
    ],
)
async def test_what_is_no_update_gets_the_right_status_and_leaves_nothing(
    programme: Programme, data: bytes, status: int
) -> None:
    assert await posted(programme, data) == status
    assert await kept(programme) == 0


async def test_what_is_not_packed_as_it_says_is_no_update(programme: Programme) -> None:
    data = json.dumps(update(1)).encode()
    assert await posted(programme, data, **{"Content-Encoding": "gzip"}) == 400
    assert await kept(programme) == 0


async def test_a_tap_is_known_again_by_whatever_its_id_holds(programme: Programme) -> None:
    taps = [
        b'{"callback_query": {"id": "\\ud800%d", "from": {"id": 12}, "data": "a:b"}}' % number
        for number in (1, 2, 1)
    ]
    assert [await posted(programme, tap) for tap in taps] == [200] * 3
    assert await kept(programme) == 2


@pytest.mark.parametrize("chunked", [False, True])
async def test_what_is_over_a_megabyte_is_too_large(programme: Programme, chunked: bool) -> None:
    data = json.dumps(update(1, "x" * MOST)).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 64 * 1024):
            yield data[start : start + 64 * 1024]

    async with aiohttp.ClientSession() as session:
        body: Any = pieces() if chunked else io.BytesIO(data)
        url = f"{programme.address}/telegram"
        async with session.post(url, data=body, headers={HEADER: SECRET}) as response:
            assert response.status == 413
    assert await kept(programme) == 0


async def test_what_comes_again_is_kept_once_in_whatever_order_the_numbers_are(
    programme: Programme, server: TelegramServer
) -> None:
    for number in (900, 3, 900, 77, 3, 901, 77):
        assert await server.post(update(number)) == 200
    assert await kept(programme) == 4


async def test_two_hundred_people_at_once_are_all_kept(
    programme: Programme, server: TelegramServer
) -> None:
    updates = [update(n, sender=1000 + n) for n in range(200)]
    assert set(await asyncio.gather(*map(server.post, updates))) == {200}
    assert await kept(programme) == 200


async def test_another_bot_s_numbers_are_not_ours(programme: Programme) -> None:
    accept = accepting(programme.pipeline)
    await take(programme.telegram, accept, [update(5)])
    programme.telegram.api.bot = "999"
    await take(programme.telegram, accept, [update(5)])
    assert await kept(programme) == 2


async def test_a_database_that_is_away_is_said_with_when_to_come_again(
    programme: Programme, server: TelegramServer
) -> None:
    class Away:
        def begin(self) -> Any:
            raise ConnectionRefusedError

        at_once = begin

    object.__setattr__(programme.pipeline, "database", Away())
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{programme.address}/telegram", json=update(1), headers={HEADER: SECRET}
        ) as response,
    ):
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0


async def test_a_press_is_always_answered_and_its_buttons_go(
    programme: Programme, server: TelegramServer
) -> None:
    ana = server.person(77)
    ana.began = True
    shown = await show(server, ana.id)
    for query in (await ana.press("t.1.yes", shown), await ana.press("t.1.yes", shown)):
        await server.settled()
        await programme.telegram.rest()
        assert query in ana.answered
    assert shown.buttons == {}
    assert await kept(programme) == 2


async def show(server: TelegramServer, chat: int) -> Any:
    """Have the bot's buttons on somebody's screen."""
    markup = {"inline_keyboard": [[{"text": "Sí", "callback_data": "t.1.yes"}]]}
    async with aiohttp.ClientSession() as session:
        url = f"{server.url}/bot{server.token}/sendMessage"
        await session.post(url, json={"chat_id": chat, "text": "¿?", "reply_markup": markup})
    return server.people[chat].screen[-1]


async def test_a_group_is_declined_once_in_its_language_and_left(
    programme: Programme, server: TelegramServer
) -> None:
    server.groups.add(-100200)
    group = {"id": -100200, "type": "supergroup", "title": "Tejedoras"}
    user = {"id": 77, "is_bot": False, "first_name": "A", "language_code": "es-HN"}
    for number in (1, 2, 3):
        message = {"message_id": number, "date": 1, "from": user, "chat": group, "text": "/start"}
        assert await server.post({"update_id": number, "message": message}) == 200
    await programme.telegram.rest()
    (said,) = server.called("sendMessage")
    assert "grupo" in said["text"]
    assert server.left == [-100200]
    assert await kept(programme) == 0


async def asking(programme: Programme, until: Any) -> None:
    """Ask for updates until something holds."""
    stop = asyncio.Event()
    task = asyncio.create_task(poll(programme.telegram, accepting(programme.pipeline), stop))
    try:
        async with asyncio.timeout(10):
            while not await until():
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        await task


async def test_without_a_public_address_updates_are_asked_for_and_then_confirmed(
    programme: Programme, server: TelegramServer
) -> None:
    server.hook = {}
    ana = server.person(77)
    for word in ("uno", "dos", "tres"):
        await ana.say(word)

    async def confirmed() -> bool:
        return server.confirmed == 703

    await asking(programme, confirmed)
    assert await kept(programme) == 3


async def test_what_could_not_be_kept_is_not_confirmed_and_comes_again(
    programme: Programme, server: TelegramServer
) -> None:
    server.hook = {}
    await server.person(77).say("hola")
    failures, confirmed_while_failing = 2, []
    keep = accepting(programme.pipeline)

    async def accept(incomings: Sequence[Incoming]) -> int:
        nonlocal failures
        if failures:
            failures -= 1
            confirmed_while_failing.append(server.confirmed)
            raise ConnectionRefusedError
        return await keep(incomings)

    stop = asyncio.Event()
    task = asyncio.create_task(poll(programme.telegram, accept, stop))
    async with asyncio.timeout(10):
        while not server.confirmed:
            await asyncio.sleep(0.01)
    stop.set()
    await task
    assert confirmed_while_failing == [0, 0]
    assert await kept(programme) == 1


async def test_one_that_can_never_be_kept_does_not_hold_up_the_others(
    programme: Programme, server: TelegramServer
) -> None:
    server.hook = {}
    ana = server.person(77)
    for word in ("uno", "veneno", "tres"):
        await ana.say(word)
    keep = accepting(programme.pipeline)

    async def accept(incomings: Sequence[Incoming]) -> int:
        if any(one.text == "veneno" for one in incomings):
            raise ValueError
        return await keep(incomings)

    stop = asyncio.Event()
    task = asyncio.create_task(poll(programme.telegram, accept, stop))
    async with asyncio.timeout(10):
        while server.confirmed < 703:
            await asyncio.sleep(0.01)
    stop.set()
    await task
    assert await kept(programme) == 2


async def test_failures_of_the_far_side_are_waited_out(
    programme: Programme, server: TelegramServer
) -> None:
    server.hook = {}
    server.faults += [
        Fault("getUpdates", 502, "Bad Gateway"),
        Fault("getUpdates", after="drop"),
        Fault("getUpdates", 429, "Too Many Requests: retry after 0", {"retry_after": 0}),
    ]
    await server.person(77).say("hola")

    async def arrived() -> bool:
        return await kept(programme) == 1

    await asking(programme, arrived)


async def test_where_another_takes_our_updates_we_stand_back(
    programme: Programme, server: TelegramServer
) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(poll(programme.telegram, accepting(programme.pipeline), stop))
    async with asyncio.timeout(5):
        while not any(call.code == 409 for call in server.calls):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    stop.set()
    await task
    assert sum(call.code == 409 for call in server.calls) == 1
