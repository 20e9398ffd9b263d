"""Sending by Twilio: what each answer, failure, silence and later word of the far side means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import twilio_errors
from bot.channels.base import NotNow, Recipient
from bot.channels.cleaning import clean
from bot.channels.sms import CAPS, Sms
from bot.channels.twilio_api import Answer, Api, written
from bot.channels.twilio_content import Contents
from bot.channels.whatsapp import WhatsApp
from bot.messages import (
    Attachment,
    Choice,
    Gone,
    NeedsTemplate,
    Reply,
    Result,
    RetryAt,
    Sent,
    Uncertain,
)
from storage import contacts, ids, outbox, receipts, sends
from storage import database as store
from storage.outbox import Outgoing
from tests.channels.telegram.programme import free_port
from tests.channels.twilio.programme import account_for
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import SERVICE, SMS, WHATSAPP, TwilioServer
from tests.standins.twilio_resources import Fault

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ANA = Recipient("whatsapp:+50499887766", heard_at=NOW)
JOSE = Recipient("tel:+50499112233")
KEY = "018f0000-0000-7000-8000-000000000001.0"
PUBLIC = "https://bot.example"
JPEG = b"\xff\xd8\xff" + b"\x00" * 60
AT_ONCE = timedelta(0)


@given(st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_a_form_is_written_so_that_it_reads_as_it_was(form: list[tuple[str, str]]) -> None:
    told = [(clean(name) or "x", clean(value)) for name, value in form]
    assert parse_qsl(written(told).decode(), keep_blank_values=True) == told


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[store.Database]:
    opened = await store.connect(sqlite_url, DATABASE_KEY)
    yield opened
    await opened.close()


@pytest.fixture
async def whatsapp(server: TwilioServer, database: store.Database) -> AsyncIterator[WhatsApp]:
    server.clock = lambda: NOW
    async with Api(account_for(server)) as api:
        contents = Contents(api)
        assert await contents.prepare()
        server.calls.clear()
        yield WhatsApp(api, contents, database, PUBLIC, AT_ONCE)


@pytest.fixture
async def sms(server: TwilioServer, database: store.Database) -> AsyncIterator[Sms]:
    server.clock = lambda: NOW
    async with Api(account_for(server)) as api:
        yield Sms(api, Contents(api), database, PUBLIC, AT_ONCE)


async def said(
    channel: WhatsApp | Sms, reply: Reply, to: Recipient = ANA, key: str = KEY
) -> list[Result]:
    async with channel.database.read() as db:
        caps = await channel.caps(db, to, NOW)
    return [await channel.send(to, wire, key, NOW) for wire in channel.render(reply, caps)]


async def test_a_question_goes_with_its_buttons_its_callback_and_its_end(
    server: TwilioServer, whatsapp: WhatsApp
) -> None:
    ana = server.person(ANA.urn, heard_at=NOW)
    choices = (Choice("Sí", "t.1.yes"), Choice("No", "t.1.no"))
    (result,) = await said(whatsapp, Reply("¿Está de acuerdo?", choices=choices))
    (shown,) = await ana.wait()
    assert result == Sent(shown.sid)
    assert (shown.text, shown.rendered.buttons) == (
        "¿Está de acuerdo?",
        {"Sí": "t.1.yes", "No": "t.1.no"},
    )
    (call,) = server.calls
    form, callback = call.fields, urlsplit(call.fields["StatusCallback"])
    assert (form["From"], form["To"], form["ValidityPeriod"]) == (WHATSAPP, ANA.urn, "900")
    assert f"{callback.scheme}://{callback.netloc}{callback.path}" == f"{PUBLIC}/twilio/status"
    assert parse_qs(callback.query) == {"o": [KEY.partition(".")[0]]}
    assert parse_qs(callback.fragment) == {"rc": ["3"], "rp": ["ct,rt,5xx"], "rt": ["4000"]}


async def test_what_may_come_hours_later_has_no_end(server: TwilioServer, sms: Sms) -> None:
    await said(sms, Reply("Feria."), replace(JOSE, waits=True))
    assert "ValidityPeriod" not in server.calls[0].fields


async def test_a_text_counts_with_the_pace_as_its_segments(sms: Sms) -> None:
    texts = ("Feria.", "Feria. " * 60)
    wires = [wire for text in texts for wire in sms.render(Reply(text), CAPS)]
    assert [sms.weight(JOSE, wire) for wire in wires] == [1, 3]


async def test_the_answer_comes_from_the_number_that_was_written_to(
    server: TwilioServer, whatsapp: WhatsApp, sms: Sms
) -> None:
    server.senders |= {"whatsapp:+15550001111", "+15550002222"}
    await said(whatsapp, Reply("hola"), replace(ANA, line="whatsapp:+15550001111"))
    await said(sms, Reply("hola"), replace(JOSE, line="+15550002222"))
    await said(sms, Reply("hola"), replace(JOSE, line="whatsapp:+15550001111"))
    assert [call.fields["From"] for call in server.calls] == [
        "whatsapp:+15550001111",
        "+15550002222",
        SMS,
    ]


async def test_a_number_that_is_ours_no_more_gives_way_to_the_one_that_is(
    server: TwilioServer, whatsapp: WhatsApp, sms: Sms
) -> None:
    assert isinstance(
        (await said(whatsapp, Reply("hola"), replace(ANA, line="whatsapp:+19990001111")))[0], Sent
    )
    assert isinstance((await said(sms, Reply("hola"), replace(JOSE, line="+19990001111")))[0], Sent)
    assert [call.fields["From"] for call in server.accepted] == [WHATSAPP, SMS]


async def test_a_messaging_service_sends_from_the_number_that_was_written_to(
    server: TwilioServer, sms: Sms
) -> None:
    sms.account = replace(sms.account, service=SERVICE)
    assert isinstance((await said(sms, Reply("hola"), replace(JOSE, line=SMS)))[0], Sent)
    (call,) = server.calls
    assert (call.fields["MessagingServiceSid"], call.fields["From"]) == (SERVICE, SMS)


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (Fault("messages", 429, 20429, again=7), RetryAt),
        (Fault("messages", 500, 20500), Uncertain),
        (Fault("messages", 503, 0), Uncertain),
        (Fault("messages", after="drop"), Uncertain),
        (Fault("messages", after="fail"), Uncertain),
        (Fault("messages", 401, 20003), RetryAt),
        (Fault("messages", 400, 21610), Gone),
    ],
)
async def test_each_failure_of_the_far_side_means_one_of_the_results(
    server: TwilioServer, sms: Sms, fault: Fault, result: type[Any]
) -> None:
    server.faults.append(fault)
    (came,) = await said(sms, Reply("hola"), JOSE)
    assert type(came) is result
    assert sum(call.what == "message" for call in server.calls) == 1
    if fault.again:
        assert isinstance(came, RetryAt) and came.at == NOW + timedelta(seconds=7)


async def test_what_never_left_us_may_be_sent_again(database: store.Database) -> None:
    server = TwilioServer(port=free_port())  # nobody listens there
    async with Api(account_for(server)) as api:
        channel = Sms(api, Contents(api), database, PUBLIC)
        (result,) = await said(channel, Reply("hola"), JOSE)
    assert isinstance(result, RetryAt)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"status": "queued"}', b"\xff" * 10])
async def test_an_answer_that_cannot_be_read_is_uncertain(
    database: store.Database, body: bytes
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=201, body=body)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server = TwilioServer(port=runner.addresses[0][1])
    try:
        async with Api(account_for(server)) as api:
            channel = Sms(api, Contents(api), database, PUBLIC)
            (result,) = await said(channel, Reply("hola"), JOSE)
    finally:
        await runner.cleanup()
    assert isinstance(result, Uncertain)


async def tried(database: store.Database, text: str, part: int = 0) -> str:
    """Note an attempt that came to nothing we know of; the key of the call."""
    async with database.begin() as db:
        contact, urn = await contacts.meet(db, JOSE.urn, NOW, via="sms")
        message = Outgoing(ids.new(NOW), contact.id, urn.id, "sms", 0, "reply", {"text": text}, NOW)
        await outbox.put(db, [message], NOW)
        (row,) = (await outbox.by_ids(db, [message.id])).values()
        await sends.begin(db, [row], NOW, part=part)
    return f"{message.id}.{part}"


async def test_a_message_whose_answer_was_lost_is_found_among_those_sent_and_not_sent_twice(
    server: TwilioServer, sms: Sms
) -> None:
    server.person("+50499112233")
    key = await tried(sms.database, "hola")
    (wire,) = sms.render(Reply("hola"), CAPS)
    server.faults.append(Fault("messages", after="drop"))
    assert isinstance(await sms.send(JOSE, wire, key, NOW), Uncertain)
    (message,) = server.messages
    assert await sms.find(JOSE, wire, key, NOW) == Sent(message["sid"])


async def told(database: store.Database, key: str, sid: str) -> None:
    """A receipt comes, the first of several, whose far side says only that it has the message."""
    async with database.begin() as db:
        said = receipts.Arrival("sms", sid, "queued", UUID(key.partition(".")[0]))
        await receipts.put(db, [said], NOW)


async def test_one_that_is_known_to_be_queued_is_not_sent_again_though_its_answer_was_lost(
    server: TwilioServer, sms: Sms
) -> None:
    key = await tried(sms.database, "hola")
    (wire,) = sms.render(Reply("hola"), CAPS)
    await told(sms.database, key, "SM" + "2" * 32)
    assert await sms.find(JOSE, wire, key, NOW) == Sent("SM" + "2" * 32)


async def test_one_of_which_we_are_told_while_we_ask_is_not_sent_again(
    server: TwilioServer, sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await tried(sms.database, "hola")
    (wire,) = sms.render(Reply("hola"), CAPS)
    listed = sms.api.sent

    async def meanwhile(query: Mapping[str, str]) -> Answer:
        answer = await listed(query)
        await told(sms.database, key, "SM" + "2" * 32)
        return answer

    monkeypatch.setattr(sms.api, "sent", meanwhile)
    assert await sms.find(JOSE, wire, key, NOW) == Sent("SM" + "2" * 32)


async def test_one_that_was_certainly_not_made_is_not_found(server: TwilioServer, sms: Sms) -> None:
    key = await tried(sms.database, "hola")
    (wire,) = sms.render(Reply("hola"), CAPS)
    assert await sms.find(JOSE, wire, key, NOW) is None
    server.messages.append(
        {
            "sid": "SM" + "1" * 32,
            "to": "+50499112233",
            "from": SMS,
            "body": "hola",
            "direction": "outbound-api",
            "status": "sent",
            "date_created": "Mon, 23 Nov 2026 14:00:00 +0000",
        }
    )
    assert await sms.find(JOSE, wire, key, NOW) is None  # an hour before it was tried


async def test_while_twilio_cannot_be_asked_nobody_knows(server: TwilioServer, sms: Sms) -> None:
    key = await tried(sms.database, "hola")
    (wire,) = sms.render(Reply("hola"), CAPS)
    server.faults.append(Fault("list", 500))
    assert isinstance(await sms.find(JOSE, wire, key, NOW), Uncertain)


@pytest.mark.parametrize("to", ["telegram:5", "whatsapp:+50499887766", ""])
async def test_what_is_no_address_of_sms_is_not_called_with(
    server: TwilioServer, sms: Sms, to: str
) -> None:
    assert isinstance((await said(sms, Reply("hola"), Recipient(to)))[0], Gone)
    assert server.calls == []


async def test_a_file_is_fetched_with_our_credentials_and_followed_without(
    server: TwilioServer, whatsapp: WhatsApp
) -> None:
    url = server.keep(JPEG, "image/jpeg")
    assert await whatsapp.fetch(Attachment("photo", url), 1000) == JPEG
    assert len(server.fetched) == 1


async def test_our_credentials_go_nowhere_but_to_twilio(
    server: TwilioServer, whatsapp: WhatsApp
) -> None:
    shown: list[str | None] = []

    async def stranger(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization"))
        return web.Response(body=JPEG)

    app = web.Application()
    app.router.add_get("/photo", stranger)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        ref = f"http://127.0.0.1:{runner.addresses[0][1]}/photo"
        assert await whatsapp.fetch(Attachment("photo", ref), 1000) == JPEG
    finally:
        await runner.cleanup()
    assert shown == [None]


@pytest.mark.parametrize("most", [10, 62])
async def test_a_file_that_is_too_large_is_not_fetched(
    server: TwilioServer, whatsapp: WhatsApp, most: int
) -> None:
    assert await whatsapp.fetch(Attachment("photo", server.keep(JPEG, "image/jpeg")), most) is None


async def test_a_file_that_is_gone_is_none_and_one_that_cannot_be_had_now_is_later(
    server: TwilioServer, whatsapp: WhatsApp
) -> None:
    gone = server.keep(JPEG, "image/jpeg")
    server.files.clear()
    assert await whatsapp.fetch(Attachment("photo", gone), 1000) is None
    for status in (500, 429, 401):
        server.faults.append(Fault("media", status))
        with pytest.raises(NotNow):
            await whatsapp.fetch(Attachment("photo", server.keep(JPEG, "image/jpeg")), 1000)


async def test_content_resources_are_made_once_for_all_processes(
    server: TwilioServer, whatsapp: WhatsApp
) -> None:
    server.resources.page = 5
    another = Contents(whatsapp.api)
    assert await another.prepare()
    assert another.sids == whatsapp.contents.sids
    assert not [call for call in server.calls if call.what == "content"]


async def test_without_them_options_are_numbered(server: TwilioServer, sms: Sms) -> None:
    bare = WhatsApp(sms.api, Contents(sms.api), sms.database, PUBLIC)
    choices = (Choice("Sí", "t.1.yes"), Choice("No", "t.1.no"))
    assert isinstance((await said(bare, Reply("¿?", choices=choices)))[0], Sent)
    assert server.calls[0].fields["Body"] == "¿?\n\n1. Sí\n2. No"


async def test_neither_token_nor_number_is_in_what_is_logged(
    server: TwilioServer, sms: Sms, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults.append(Fault("messages", 401, 20003))
    results = await said(sms, Reply("un secreto"), JOSE)
    printed = capsys.readouterr()
    told = f"{results}{printed.out}{printed.err}{sms.account}"
    for secret in (server.token, "99112233", "un secreto"):
        assert secret not in told
    assert twilio_errors.MEANINGS[20003].alert in printed.out + printed.err


async def test_a_resource_that_somebody_deleted_is_made_anew_and_numbers_stand_for_it(
    server: TwilioServer, whatsapp: WhatsApp
) -> None:
    server.person(ANA.urn, heard_at=NOW)
    gone = whatsapp.contents.sids["artisan_qr_2"]
    del server.resources.contents[gone]
    question = Reply("¿?", choices=(Choice("Sí", "t.1.yes"), Choice("No", "t.1.no")))
    (first,) = await said(whatsapp, question)
    (second,) = await said(whatsapp, question)
    assert isinstance(first, RetryAt) and isinstance(second, Sent)
    assert server.calls[-1].fields["Body"] == "¿?\n\n1. Sí\n2. No"
    assert await whatsapp.contents.prepare()
    (third,) = await said(whatsapp, question)
    assert isinstance(third, Sent)
    assert server.calls[-1].fields["ContentSid"] == whatsapp.contents.sids["artisan_qr_2"] != gone


async def test_a_template_that_is_refused_leaves_the_message_to_other_ways(
    server: TwilioServer, whatsapp: WhatsApp
) -> None:
    wire = {"template": "HX" + "9" * 32, "variables": "{}", "values": [], "text": ""}
    assert isinstance(await whatsapp.send(ANA, wire, KEY, NOW), NeedsTemplate)
