"""`POST /sms/{gateway}`: nothing forged or broken gets through, nothing valid is lost."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
from uuid import UUID

import aiohttp
import pytest

from bot.channels.gateway_taking import MOST
from storage import inbox, outbox
from tests.channels.gateway.conftest import SECRET, FarSide, Programme

ANA = "+50499887766"


async def kept(programme: Programme) -> int:
    async with programme.pipeline.database.read() as db:
        return (await inbox.depth(db))[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Gateway-Secret": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
        {"Authorization": aiohttp.encode_basic_auth("tigo", SECRET)},
    ],
)
async def test_the_secret_may_be_shown_in_a_header(
    programme: Programme, headers: dict[str, str]
) -> None:
    body = {"from": ANA, "text": "hola", "id": "1"}
    url = f"{programme.address}/sms/tigo"
    async with programme.session.post(url, json=body, headers=headers) as response:
        assert response.status == 200
        assert await response.json() == {"payload": {"success": True, "error": None}}
    assert await kept(programme) == 1


async def test_the_secret_may_be_a_field_or_sign_what_is_said(programme: Programme) -> None:
    url = f"{programme.address}/sms/tigo"
    fields = {"from": ANA, "text": "hola", "id": "1", "secret": SECRET}
    async with programme.session.post(url, data=fields) as response:
        assert response.status == 200
    body = json.dumps({"from": ANA, "text": "hola", "id": "2"}).encode()
    signature = hmac.new(SECRET.encode(), body + b"1764", hashlib.sha256).hexdigest()
    signed = {"X-Signature": signature, "X-Timestamp": "1764", "Content-Type": "application/json"}
    async with programme.session.post(url, data=body, headers=signed) as response:
        assert response.status == 200
    async with programme.session.post(url, data=body + b" ", headers=signed) as response:
        assert response.status == 403
    assert await kept(programme) == 2


async def test_what_is_wrong_is_refused_with_its_status(programme: Programme) -> None:
    right = {"from": ANA, "text": "hola", "id": "1"}
    assert await programme.bring(right, secret="wrong") == 403
    assert await programme.bring(right, secret="") == 403
    assert await programme.bring({"text": "hola"}) == 400
    url = f"{programme.address}/sms"
    headers = {"X-Gateway-Secret": SECRET}
    async with programme.session.post(f"{url}/other", data=right, headers=headers) as response:
        assert response.status == 404
    for body, status in (
        (b"{", 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 100_000, 400),
        (b"", 400),
        (b"x" * (MOST + 1), 413),
    ):
        async with programme.session.post(
            f"{url}/tigo", data=io.BytesIO(body), headers=headers
        ) as response:
            assert response.status == status
    assert await kept(programme) == 0


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 400), ("wrong", 403)])
async def test_what_is_not_packed_as_it_says_is_no_message(
    programme: Programme, secret: str, status: int
) -> None:
    headers = {"X-Gateway-Secret": secret, "Content-Encoding": "gzip"}
    data = json.dumps({"from": ANA, "text": "hola", "id": "1"}).encode()
    url = f"{programme.address}/sms/tigo"
    async with programme.session.post(url, data=data, headers=headers) as response:
        assert response.status == status
    assert await kept(programme) == 0


async def test_the_same_delivery_five_times_at_once_is_one_message(programme: Programme) -> None:
    again = {"from": ANA, "text": "hola", "id": "1"}
    assert set(await asyncio.gather(*(programme.bring(again) for _ in range(5)))) == {200}
    assert await programme.bring({**again, "id": "2"}) == 200
    assert await kept(programme) == 2


async def test_an_artisan_registers_by_a_gateway(answering: Programme, far_side: FarSide) -> None:
    lines = (
        "hola", "2", "si", "Rosa Pineda", "canastos", "canastos y sombreros", "Gracias", "12", "3",
        "vender mas", "si",
    )  # fmt: skip
    for number, line in enumerate(lines):
        before = len(far_side.handed)
        assert await answering.bring({"from": ANA, "text": line, "id": str(number)}) == 200
        async with asyncio.timeout(10):
            while len(far_side.handed) == before or await unsent(answering):
                await asyncio.sleep(0.01)
    said = "\n".join(one["text"] for one in far_side.handed)
    assert "Rosa Pineda. Su registro esta listo" in said
    assert {one["to"] for one in far_side.handed} == {ANA}
    assert len({one["id"] for one in far_side.handed}) == len(far_side.handed)


async def unsent(programme: Programme) -> int:
    async with programme.pipeline.database.read() as db:
        return await outbox.unsent(db)


async def test_a_report_moves_the_message_forward(answering: Programme, far_side: FarSide) -> None:
    assert await answering.bring({"from": ANA, "text": "hola", "id": "1"}) == 200
    async with asyncio.timeout(10):
        while not far_side.handed or await unsent(answering):
            await asyncio.sleep(0.01)
    assert await answering.bring({"id": far_side.handed[0]["id"], "status": "delivered"}) == 200
    async with answering.pipeline.database.read() as db:
        depth = await outbox.depth(db)
        told = await outbox.by_ids(db, [far_side_id(far_side)])
    assert depth["queued"][0] == 0
    assert {row.state for row in told.values()} == {"delivered"}


def far_side_id(far_side: FarSide) -> UUID:
    return UUID(far_side.handed[0]["id"].partition(".")[0])


async def test_each_of_several_messages_brought_at_once_is_kept(programme: Programme) -> None:
    rows = [
        {"from": f"5049988776{n}", "text": "hola", "messageId": f"m{n}", "price": {"id": 1}}
        for n in range(3)
    ]
    headers = {"X-Gateway-Secret": SECRET}
    url = f"{programme.address}/sms/tigo"
    for body in (
        {"results": rows, "messageCount": 3},
        {"data": {"messages": [{**row, "messageId": f"n{at}"} for at, row in enumerate(rows)]}},
        [{**row, "messageId": f"o{at}"} for at, row in enumerate(rows)],
        [{"from": row["from"], "text": "hola"} for row in rows],
    ):
        before = await kept(programme)
        async with programme.session.post(url, json=body, headers=headers) as response:
            assert response.status == 200
        assert await kept(programme) == before + 3


async def test_one_message_with_a_list_of_its_own_is_one(programme: Programme) -> None:
    body = {"from": ANA, "text": "hola", "parts": [{"number": 1}, {"number": 2}]}
    headers = {"X-Gateway-Secret": SECRET}
    url = f"{programme.address}/sms/tigo"
    async with programme.session.post(url, json=body, headers=headers) as response:
        assert response.status == 200
    assert await kept(programme) == 1


async def test_what_is_good_among_several_is_kept_and_nothing_of_what_is_too_much(
    programme: Programme,
) -> None:
    headers = {"X-Gateway-Secret": SECRET}
    url = f"{programme.address}/sms/tigo"
    row = {"from": ANA, "text": "hola", "id": "1"}
    for body, status in (([{"x": 1}, row], 200), ([row] * 501, 400), ([{"x": 1}, {}], 400)):
        async with programme.session.post(url, json=body, headers=headers) as response:
            assert response.status == status
    assert await kept(programme) == 1


async def test_a_gateway_may_bring_everything_by_get(programme: Programme) -> None:
    said = {"from": ANA, "text": "mañana", "id": "1", "secret": SECRET}
    url = f"{programme.address}/sms/tigo"
    async with programme.session.get(url, params=said) as response:
        assert response.status == 200
        assert await response.text() == "", "some send the answer's words to the person"
    async with programme.session.get(url, params={**said, "secret": "wrong"}) as response:
        assert response.status == 403
    async with programme.session.get(url, params={"secret": SECRET}) as response:
        assert response.status == 400
    async with programme.session.get(
        url, params={"secret": SECRET, "id": "1", "status": "1"}
    ) as response:
        assert response.status == 200
    assert await kept(programme) == 1


async def test_a_form_may_come_in_parts(programme: Programme) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, told in {"from": ANA, "text": "mañana", "id": "1", "secret": SECRET}.items():
        form.add_field(name, told)
    url = f"{programme.address}/sms/tigo"
    async with programme.session.post(url, data=form) as response:
        assert response.status == 200
    headers = {"Content-Type": "multipart/form-data", "X-Gateway-Secret": SECRET}
    async with programme.session.post(url, data=b"--x", headers=headers) as response:
        assert response.status == 400
    assert await kept(programme) == 1
