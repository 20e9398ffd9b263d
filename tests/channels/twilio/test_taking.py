"""Taking in what Twilio delivers: nothing forged or broken gets through, nothing valid is lost."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from bot.channels.twilio_parsing import Malformed, pairs_of
from bot.channels.twilio_signature import signature_of
from bot.channels.twilio_taking import MOST
from bot.messages import Incoming, read_incoming
from storage import inbox, receipts
from storage.database import Database
from tests.channels.twilio.programme import Programme, standing
from tests.standins.twilio import TOKEN, TwilioServer

FORM = "application/x-www-form-urlencoded"
PAYLOADS = Path(__file__).parents[2] / "payloads" / "twilio"
MIDDLE = {"MessageSid": "SM1", "From": "whatsapp:+50499887766", "To": "whatsapp:+14155238886"}


@pytest.fixture
async def programme(
    server: TwilioServer, database: Database, tmp_path: Path
) -> AsyncIterator[Programme]:
    """A web server that takes messages; nothing answers them. On SQLite and on PostgreSQL."""
    async with standing(server, database, tmp_path) as stands:
        yield stands


async def kept(programme: Programme) -> int:
    async with programme.pipeline.database.read() as db:
        return (await inbox.depth(db))[0]


async def incoming(programme: Programme, name: str, channel: str = "whatsapp") -> Incoming:
    async with programme.pipeline.database.read() as db:
        row = await inbox.by_external_id(db, channel, name)
    assert row is not None
    return read_incoming(row.body)


async def posted(
    programme: Programme,
    data: Any,
    headers: dict[str, str],
    path: str = "/twilio/message",
    kind: str = FORM,
) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            programme.address + path, data=data, headers={"Content-Type": kind, **headers}
        ) as response,
    ):
        text = await response.text()
        assert "Traceback" not in text
        if response.status == 200:
            assert (text, response.content_type) == ("<Response/>", "text/xml")
        return response.status


def signed(
    programme: Programme, form: dict[str, str], path: str = "/twilio/message", token: str = TOKEN
) -> dict[str, str]:
    made = RequestValidator(token).compute_signature(programme.address + path, form)
    return {"X-Twilio-Signature": made}


async def test_a_message_is_kept_before_it_is_answered_and_answered_without_words(
    server: TwilioServer, programme: Programme
) -> None:
    assert await server.person("whatsapp:+50499887766").say("hola") == 200
    assert await kept(programme) == 1


@pytest.mark.parametrize(
    "signature",
    [None, "", "wrong", "é", "=" * 28, "A" * 5000, "\t", TOKEN, "0" * 28, "bnVsbA=="],
)
async def test_what_is_not_signed_by_twilio_is_refused(
    programme: Programme, signature: str | None
) -> None:
    headers = {"X-Twilio-Signature": signature} if signature is not None else {}
    assert await posted(programme, urlencode(MIDDLE), headers) == 403
    assert await kept(programme) == 0


async def test_what_was_changed_after_it_was_signed_is_refused(programme: Programme) -> None:
    headers = signed(programme, MIDDLE)
    for changed in (
        {**MIDDLE, "Body": "x"},
        {**MIDDLE, "From": "whatsapp:+50499887767"},
        {k: v for k, v in MIDDLE.items() if k != "To"},
    ):
        assert await posted(programme, urlencode(changed), headers) == 403
    for path in ("/twilio/message?x=1", "/twilio/status"):
        assert await posted(programme, urlencode(MIDDLE), headers, path) == 403
    assert await posted(programme, urlencode(MIDDLE), signed(programme, MIDDLE, token="o")) == 403
    assert await kept(programme) == 0


async def test_either_of_two_tokens_signs_while_one_is_being_changed(
    server: TwilioServer, database: Database, tmp_path: Path
) -> None:
    async with standing(server, database, tmp_path, tokens=("new", TOKEN)) as programme:
        for token in ("new", TOKEN):
            form = {**MIDDLE, "MessageSid": f"SM{token}"}
            headers = signed(programme, form, token=token)
            assert await posted(programme, urlencode(form), headers) == 200


async def test_the_newer_hash_is_taken_where_the_settings_header_names_it(
    server: TwilioServer, programme: Programme
) -> None:
    server.settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    assert await server.person("whatsapp:+50499887766").say("hola") == 200
    headers = signed(programme, MIDDLE)
    for settings in ("algorithm=HMAC_SHA256", "algorithm=HMAC_MD5", "algorithm=none"):
        more = {"X-Twilio-Webhooks-Signature-Settings": settings}
        assert await posted(programme, urlencode(MIDDLE), {**headers, **more}) == 403


async def test_duplicate_keys_blanks_and_unknown_fields_are_signed_over_and_passed_by(
    server: TwilioServer, programme: Programme
) -> None:
    pairs = [*MIDDLE.items(), ("Body", "  नमस्ते & hello +1 \n"), ("Empty", ""), ("Future", "{}")]
    form = dict(pairs)
    data = urlencode(pairs)
    assert await posted(programme, data, signed(programme, form)) == 200
    assert (await incoming(programme, "SM1")).text == "नमस्ते & hello +1"
    twice = [*MIDDLE.items(), ("MessageSid", "SM1"), ("Tag", "b"), ("Tag", "a"), ("Tag", "a")]
    path = "/twilio/message?q=1"
    made = RequestValidator(TOKEN).compute_signature(programme.address + path, MultiDict(twice))
    assert await posted(programme, urlencode(twice), {"X-Twilio-Signature": made}, path) == 200


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", FORM, 400),
        (b"&&&=&", FORM, 400),
        (b"\xff\xfe=\xff", FORM, 400),
        (b"%", FORM, 400),
        (b"a=1&" * 400, FORM, 400),
        (b"TWVzc2FnZVNpZD1TTTE=", FORM, 400),
        (b'{"MessageSid": "SM1"}', "application/json", 403),
        (b"MessageSid=SM1&From=whatsapp%3A%2B50499887766", "text/plain", 403),
        (b"MessageSid=SM1&From=whatsapp%3A%2B50499887766", FORM, 200),
        (b"MessageSid=SM1&From=whatsapp%3A%2B50499887766&Body=%ff%00%ED%A0%80", FORM, 200),
        (b"MessageSid=SM1&From=messenger%3A12345", FORM, 200),
        (b"MessageSid=SM1&From=whatsapp%3A%2B50499887766&MessageType=hologram", FORM, 200),
    ],
)
async def test_whatever_is_signed_gets_the_right_status_and_raises_nothing(
    programme: Programme, data: bytes, kind: str, status: int
) -> None:
    try:
        pairs = pairs_of(data) if kind == FORM else []
    except Malformed:
        pairs = []
    url = f"{programme.address}/twilio/message"
    headers = {"X-Twilio-Signature": signature_of(TOKEN, url, pairs)}
    assert await posted(programme, data, headers, kind=kind) == status


async def test_json_is_twilios_where_the_signed_address_names_its_hash(
    programme: Programme,
) -> None:
    body, path = b'{"MessageSid": "SM1"}', "/twilio/message?bodySHA256="
    path += hashlib.sha256(body).hexdigest()
    headers = {"X-Twilio-Signature": signature_of(TOKEN, programme.address + path, [])}
    for sent, status in ((body, 400), (body + b" ", 403)):
        assert await posted(programme, sent, headers, path, "application/json") == status
    assert await kept(programme) == 0


async def test_what_is_not_packed_as_it_says_is_no_form(programme: Programme) -> None:
    headers = {**signed(programme, MIDDLE), "Content-Encoding": "gzip"}
    assert await posted(programme, urlencode(MIDDLE).encode(), headers) == 400
    assert await kept(programme) == 0


@pytest.mark.parametrize("chunked", [False, True])
async def test_what_is_over_a_megabyte_is_too_large(programme: Programme, chunked: bool) -> None:
    form = {**MIDDLE, "Body": "x" * MOST}
    data = urlencode(form).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 64 * 1024):
            yield data[start : start + 64 * 1024]

    body: Any = pieces() if chunked else BytesIO(data)
    assert await posted(programme, body, signed(programme, form)) == 413
    assert await kept(programme) == 0


async def test_what_comes_again_is_kept_once(server: TwilioServer, programme: Programme) -> None:
    form = server.person("whatsapp:+50499887766").form("hola")
    url = f"{programme.address}/twilio/message"
    statuses = await asyncio.gather(*(server.post_once(url, form) for _ in range(8)))
    assert set(statuses) == {200}
    assert await kept(programme) == 1


async def test_two_hundred_people_at_once_are_all_kept(
    server: TwilioServer, programme: Programme
) -> None:
    people = [server.person(f"whatsapp:+5049900{n:04}") for n in range(100)]
    people += [server.person(f"+5049900{n:04}") for n in range(100)]
    assert set(await asyncio.gather(*(one.say("hola") for one in people))) == {200}
    assert await kept(programme) == 200


async def test_a_database_that_is_away_loses_nothing_as_it_is_brought_again(
    server: TwilioServer, programme: Programme
) -> None:
    away = 2
    accept = programme.pipeline.intake.accept

    async def sometimes(*told: Any) -> int:
        nonlocal away
        if away:
            away -= 1
            raise ConnectionRefusedError
        return await accept(*told)

    object.__setattr__(programme.pipeline.intake, "accept", sometimes)
    assert await server.person("whatsapp:+50499887766").say("hola") == 200
    assert server.posts == [503, 503, 200]
    assert await kept(programme) == 1


async def test_typing_is_shown_while_a_file_is_fetched(
    server: TwilioServer, programme: Programme
) -> None:
    ana = server.person("whatsapp:+50499887766")
    assert await ana.attach(b"OggS" + b"0" * 50, "audio/ogg") == 200
    async with asyncio.timeout(5):
        while not server.typing:
            await asyncio.sleep(0.01)


async def test_a_tap_is_told_by_its_payload_and_a_list_by_its_item(
    server: TwilioServer, programme: Programme
) -> None:
    ana = server.person("whatsapp:+50499887766")
    for name, more in (
        ("SMa", {"ButtonPayload": "abcdefgh.3.yes", "ButtonText": "Sí"}),
        ("SMb", {"ListId": "abcdefgh.3.yes", "ListTitle": "Sí"}),
    ):
        await server.deliver({**ana.form("Sí"), "MessageSid": name, **more})
        one = await incoming(programme, name)
        assert (one.kind, one.tap, one.text) == ("tap", "abcdefgh.3.yes", "Sí")
    await server.deliver({**ana.form("Sí"), "MessageSid": "SMc", "MessageType": "interactive"})
    assert (await incoming(programme, "SMc")).kind == "text"


async def test_a_status_is_noted_at_either_address_and_a_message_kept_at_either(
    server: TwilioServer, programme: Programme
) -> None:
    ana = server.person("whatsapp:+50499887766")
    status = {
        "MessageSid": "SM9",
        "MessageStatus": "delivered",
        "From": ana.line,
        "To": ana.address,
    }
    for path in ("/twilio/status", "/twilio/message"):
        assert await server.post_once(programme.address + path, status) == 200
        form = ana.form("hola")
        assert await server.post_once(programme.address + path, form) == 200
    assert await kept(programme) == 2
    async with programme.pipeline.database.read() as db:
        assert await receipts.unknown(db, programme.clock()) == 1


async def test_statuses_of_messages_nobody_knows_are_kept_in_any_order_and_twice(
    server: TwilioServer, programme: Programme
) -> None:
    url = f"{programme.address}/twilio/status?o=018f0000-0000-7000-8000-000000000001"
    for state in ("read", "sent", "delivered", "sent", "queued", "no such state", "read"):
        form = {"MessageSid": "SM7", "MessageStatus": state, "To": "whatsapp:+50499887766"}
        assert await server.post_once(url, form) == 200
    assert await server.post_once(f"{programme.address}/twilio/status?o=%00", form) == 200
    assert await server.post_once(url, {"MessageStatus": "sent"}) == 400


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['case']}")
        for path in sorted(PAYLOADS.glob("*.json"))
        for case in json.loads(path.read_text())
    ]


async def test_every_recorded_payload_gets_its_status_over_http(
    server: TwilioServer, programme: Programme
) -> None:
    for parameter in cases():
        (case,) = parameter.values
        path = "/twilio/status" if "query" in case else "/twilio/message"
        url = f"{programme.address}{path}?{case.get('query', '')}".rstrip("?")
        named = {"I-Twilio-Idempotency-Token": case.get("token", "")}
        headers = {**server.signed(url, case["form"]), **named}
        wanted = 400 if case["becomes"] == "malformed" else 200
        assert await server.post_once(url, case["form"], headers=headers) == wanted, case["case"]


async def test_nothing_is_logged_but_ids(
    server: TwilioServer, programme: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    await server.person("whatsapp:+50499887766", name="Ana Secreta").say("un secreto")
    await posted(programme, urlencode({**MIDDLE, "Body": "un secreto"}), {})
    printed = "".join(capsys.readouterr())
    for secret in ("secreto", "Secreta", "99887766", TOKEN):
        assert secret not in printed
