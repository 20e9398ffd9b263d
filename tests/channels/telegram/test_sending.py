"""Sending by Telegram: what each answer, failure and silence of the far side means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from bot.channels.base import NotNow, Recipient
from bot.channels.telegram import Telegram, result_of
from bot.channels.telegram_http import Answer, Api
from bot.channels.telegram_rendering import CAPS
from bot.media import Keeper
from bot.messages import (
    Attachment,
    Choice,
    Gone,
    Rejected,
    Reply,
    Result,
    RetryAt,
    Sent,
    Uncertain,
)
from storage import database as store
from storage import media
from tests.channels.telegram.programme import free_port, usual
from tests.conftest import DATABASE_KEY
from tests.standins.telegram import TelegramServer
from tests.standins.telegram_calls import Fault
from tests.standins.telegram_people import Person

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ANA = Recipient("telegram:77")
OGG = b"OggS" + b"\x00" * 60
JPEG = b"\xff\xd8\xff" + b"\x00" * 60


@pytest.fixture
async def channel(
    server: TelegramServer, sqlite: store.Database, tmp_path: Path
) -> AsyncIterator[Telegram]:
    async with Api(server.token, server.url) as api:
        yield Telegram(api, usual(), sqlite, Keeper(tmp_path, DATABASE_KEY))


@pytest.fixture
def ana(server: TelegramServer) -> Person:
    person = server.person(77)
    person.began = True
    return person


async def said(channel: Telegram, reply: Reply, to: Recipient = ANA) -> list[Result]:
    calls = channel.render(reply, CAPS)
    return [await channel.send(to, call, "key", NOW) for call in calls]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Answer(200, {"message_id": 5}), Sent("5")),
        (Answer(200, True), Sent("")),
        (Answer(429, why="Too Many Requests", retry_after=7), RetryAt(NOW + timedelta(seconds=7))),
        (Answer(429, why="Too Many Requests"), RetryAt(NOW + timedelta(seconds=3))),
        (Answer(403, why="Forbidden: bot was blocked by the user"), Gone()),
        (Answer(403, why="Forbidden: user is deactivated"), Gone()),
        (Answer(403, why="Forbidden: bot can't initiate conversation with a user"), Gone()),
        (Answer(400, why="Bad Request: chat not found"), Gone()),
        (Answer(400, why="Bad Request: PEER_ID_INVALID"), Gone()),
        (Answer(400, why="Bad Request: message is too long"), Rejected()),
        (Answer(400, why="Bad Request: BUTTON_DATA_INVALID"), Rejected()),
        (Answer(413, why="Request Entity Too Large"), Rejected()),
        (Answer(401, why="Unauthorized"), RetryAt(NOW + timedelta(minutes=5))),
        (Answer(404, why="Not Found"), RetryAt(NOW + timedelta(minutes=5))),
        (Answer(500, why="Internal Server Error"), Uncertain()),
        (Answer(502, why="Bad Gateway"), Uncertain()),
        (Answer(0, why="ServerDisconnectedError", written=True), Uncertain()),
        (
            Answer(0, why="ClientConnectorError", written=False),
            RetryAt(NOW + timedelta(seconds=3)),
        ),
    ],
)
def test_each_answer_means_one_of_the_results(answer: Answer, result: Result) -> None:
    came = result_of(answer, NOW)
    assert type(came) is type(result)
    if isinstance(result, RetryAt):
        assert isinstance(came, RetryAt) and came.at == result.at
    if isinstance(result, Sent):
        assert came == result


async def test_a_reply_arrives_with_its_buttons(channel: Telegram, ana: Person) -> None:
    choices = (Choice("Sí", "t.1.yes"), Choice("No", "t.1.no"))
    (result,) = await said(channel, Reply("¿Está de acuerdo?", choices=choices))
    (shown,) = ana.screen
    assert result == Sent(str(shown.number))
    assert (shown.text, shown.buttons) == ("¿Está de acuerdo?", {"Sí": "t.1.yes", "No": "t.1.no"})


async def test_what_was_never_sent_may_be_sent_again(
    sqlite: store.Database, tmp_path: Path
) -> None:
    async with Api("1:nobody", f"http://127.0.0.1:{free_port()}") as api:
        channel = Telegram(api, usual(), sqlite, Keeper(tmp_path, DATABASE_KEY))
        (result,) = await said(channel, Reply("hola"))
    assert isinstance(result, RetryAt)


async def test_a_message_taken_without_an_answer_is_uncertain(
    server: TelegramServer, channel: Telegram, ana: Person
) -> None:
    server.faults.append(Fault("sendMessage", after="drop"))
    (result,) = await said(channel, Reply("hola"))
    assert isinstance(result, Uncertain)
    assert [shown.text for shown in ana.screen] == ["hola"]


async def test_a_far_side_that_never_answers_is_not_waited_for(
    server: TelegramServer, channel: Telegram, ana: Person
) -> None:
    server.faults.append(Fault("getMe", after="hang"))
    answer = await channel.api.call("getMe", {}, total=0.3)
    assert (answer.code, answer.written) == (0, True)


async def test_too_many_requests_are_tried_again_exactly_when_it_says(
    server: TelegramServer, channel: Telegram, ana: Person
) -> None:
    why = "Too Many Requests: retry after 17"
    server.faults.append(Fault("sendMessage", 429, why, {"retry_after": 17}))
    (result,) = await said(channel, Reply("hola"))
    assert isinstance(result, RetryAt) and result.at == NOW + timedelta(seconds=17)


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(429, "17", 17), (429, "", 3), (429, "soon", 3), (429, "-5", 3)],
)
async def test_what_stands_before_the_bot_api_may_ask_for_patience_by_a_header(
    sqlite: store.Database, tmp_path: Path, status: int, header: str, seconds: int
) -> None:
    async def away(request: web.Request) -> web.Response:
        more = {"Retry-After": header} if header else {}
        return web.Response(status=status, text="<html>busy</html>", headers=more)

    app = web.Application()
    app.router.add_post("/{tail:.*}", away)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    async with Api("1:token", f"http://127.0.0.1:{port}") as api:
        channel = Telegram(api, usual(), sqlite, Keeper(tmp_path, DATABASE_KEY))
        (result,) = await said(channel, Reply("hola"))
    await runner.cleanup()
    assert isinstance(result, RetryAt) and result.at == NOW + timedelta(seconds=seconds)


async def test_who_blocked_the_bot_or_is_no_more_is_gone(channel: Telegram, ana: Person) -> None:
    ana.blocked = True
    (blocked,) = await said(channel, Reply("hola"))
    ana.blocked, ana.deactivated = False, True
    (deactivated,) = await said(channel, Reply("hola"))
    (stranger,) = await said(channel, Reply("hola"), Recipient("telegram:99"))
    (other,) = await said(channel, Reply("hola"), Recipient("tel:+50499001122"))
    assert all(isinstance(one, Gone) for one in (blocked, deactivated, stranger, other))


async def test_a_chat_that_moved_is_written_to_where_it_is_now(
    server: TelegramServer, channel: Telegram, ana: Person
) -> None:
    why = "Bad Request: group chat was upgraded to a supergroup chat"
    server.faults.append(Fault("sendMessage", 400, why, {"migrate_to_chat_id": 77}))
    (result,) = await said(channel, Reply("hola"), Recipient("telegram:-5"))
    (again,) = await said(channel, Reply("otra vez"), Recipient("telegram:-5"))
    assert isinstance(result, Sent) and isinstance(again, Sent)
    assert [shown.text for shown in ana.screen] == ["hola", "otra vez"]


async def test_nobody_can_say_what_became_of_a_call(channel: Telegram) -> None:
    (call,) = channel.render(Reply("hola"), CAPS)
    assert isinstance(await channel.find(ANA, call, "key", NOW), Uncertain)
    assert not channel.answers(Recipient("telegram:1"))


async def kept(channel: Telegram, data: bytes, kind: str, type: str) -> Attachment:
    path = channel.keeper.keep(data)
    async with channel.database.begin() as db:
        one = await media.add(db, NOW, kind=kind, type=type, size=len(data), path=path)
    return Attachment(kind, id=str(one.id), type=type)


async def test_a_voice_note_is_uploaded_once_for_all_who_hear_it(
    server: TelegramServer, channel: Telegram, ana: Person
) -> None:
    voice = await kept(channel, OGG, "voice", "audio/ogg")
    for _ in range(3):
        assert all(isinstance(r, Sent) for r in await said(channel, Reply("Oiga.", media=voice)))
    assert [(s.method, s.text, s.file) for s in ana.screen] == [("sendVoice", "Oiga.", OGG)] * 3
    refs = [call["voice"] for call in server.called("sendVoice")]
    assert refs[0] == "attach://file" and len(set(refs[1:])) == 1 and "attach" not in refs[1]


async def test_a_voice_note_that_telegram_refuses_goes_as_a_file(
    server: TelegramServer, channel: Telegram, ana: Person
) -> None:
    voice = await kept(channel, OGG, "voice", "audio/ogg")
    server.faults.append(Fault("sendVoice", 400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"))
    (result,) = await said(channel, Reply("Oiga.", media=voice))
    assert isinstance(result, Sent)
    assert [(s.method, s.text) for s in ana.screen] == [("sendDocument", "Oiga.")]


async def test_of_a_file_that_is_gone_the_words_still_go(channel: Telegram, ana: Person) -> None:
    gone = Attachment("photo", id=str(UUID(int=7)), type="image/jpeg")
    (result,) = await said(channel, Reply("Mire.", media=gone))
    assert isinstance(result, Sent)
    assert [(s.method, s.text) for s in ana.screen] == [("sendMessage", "Mire.")]


async def test_a_file_of_a_person_is_fetched_whole(
    server: TelegramServer, channel: Telegram
) -> None:
    ref = server.keep(JPEG)
    assert await channel.fetch(Attachment("photo", ref), 1000) == JPEG


@pytest.mark.parametrize("most", [10, 40])
async def test_a_file_that_is_too_large_is_not_fetched(
    server: TelegramServer, channel: Telegram, most: int
) -> None:
    assert await channel.fetch(Attachment("photo", server.keep(JPEG)), most) is None


async def test_a_file_that_is_gone_is_none_and_one_that_cannot_be_had_now_is_later(
    server: TelegramServer, channel: Telegram
) -> None:
    assert await channel.fetch(Attachment("photo", "nowhere"), 1000) is None
    server.faults.append(Fault("getFile", 502, "Bad Gateway"))
    with pytest.raises(NotNow):
        await channel.fetch(Attachment("photo", server.keep(JPEG)), 1000)


async def test_the_token_is_in_nothing_that_is_said_or_shown(
    server: TelegramServer, channel: Telegram, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults.append(Fault("sendMessage", 401, "Unauthorized"))
    results: list[Any] = await said(channel, Reply("hola"))
    async with Api(server.token, "http://127.0.0.1:1") as api:
        results.append(await api.call("getMe", {}))
    printed = capsys.readouterr()
    assert server.token not in f"{results}{printed.out}{printed.err}"
