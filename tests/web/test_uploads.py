from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import FormData

from bot.media import MOST, Keeper, sort_of
from tests.web.conftest import House

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
OGG = b"OggS" + b"\x00" * 40


def form(data: bytes, kind: str = "photo", name: str = "file") -> FormData:
    made = FormData()
    made.add_field("kind", kind)
    made.add_field(name, data, filename="evil.html", content_type="text/html")
    return made


@pytest.mark.parametrize(
    ("data", "kind", "type"),
    [
        (PNG, "photo", "image/png"),
        (b"\xff\xd8\xff\xe0" + b"x" * 20, "photo", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "photo", "image/webp"),
        (OGG, "voice", "audio/ogg"),
        (b"\x1aE\xdf\xa3" + b"x" * 20, "voice", "audio/webm"),
        (b"\x00\x00\x00 ftypM4A " + b"x" * 20, "voice", "audio/mp4"),
        (b"#!AMR\n" + b"x" * 20, "voice", "audio/amr"),
        (b"ID3" + b"x" * 20, "voice", "audio/mpeg"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "voice", "audio/wav"),
    ],
)
async def test_a_file_is_told_by_what_is_in_it(
    house: House, data: bytes, kind: str, type: str
) -> None:
    answer = await house.client.post("/phone/media", data=form(data, kind))
    assert answer.status == 201
    kept = await answer.json()
    assert kept["kind"] == kind
    fetched = await house.client.get(kept["url"])
    assert await fetched.read() == data
    assert fetched.headers["Content-Type"] == type
    assert "sandbox" in fetched.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"<html><script>alert(1)</script>", "photo", 415),
        (b"%PDF-1.7", "photo", 415),
        (OGG, "photo", 415),
        (PNG, "voice", 415),
        (PNG, "document", 415),
        (b"", "photo", 400),
        (b"\xff", "photo", 415),
    ],
)
async def test_what_is_no_photo_or_voice_is_refused(
    house: House, data: bytes, kind: str, status: int
) -> None:
    answer = await house.client.post("/phone/media", data=form(data, kind))
    assert answer.status == status
    assert (await answer.json())["error"].endswith(".")


async def test_a_file_that_is_too_large_is_refused(house: House) -> None:
    large = FormData()
    large.add_field("file", BytesIO(PNG + b"\x00" * MOST), filename="large.png")
    answer = await house.client.post("/phone/media", data=large)
    assert answer.status == 413
    assert "16 MB" in (await answer.json())["error"]


@pytest.mark.parametrize(
    ("body", "type"),
    [
        (b"{}", "application/json"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (
            b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nhalf",
            "multipart/form-data; boundary=x",
        ),
        (b"x", "multipart/form-data"),
        (b"", "text/plain"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(house: House, body: bytes, type: str) -> None:
    headers = {"Content-Type": type}
    answer = await house.client.post("/phone/media", data=body, headers=headers)
    assert answer.status in (400, 415)
    assert "error" in await answer.json()


async def test_a_form_that_is_not_packed_as_it_says_is_refused(house: House) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    answer = await house.client.post("/phone/media", data=b"--x\r\n", headers=headers)
    assert answer.status == 400


async def test_another_page_may_not_send_files(house: House) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = await house.client.post("/phone/media", data=form(PNG), headers=headers)
    assert answer.status == 403


async def test_a_photo_is_said_and_seen_with_a_link_of_its_own(house: House) -> None:
    kept = await (await house.client.post("/phone/media", data=form(PNG))).json()
    page = await house.phone()
    await page.tell(type="media", kind="photo", token=kept["token"], text="my loom")
    mine = await page.hears("message", **{"from": "me"})
    assert (mine["text"], mine["media"]["kind"]) == ("my loom", "photo")
    assert (await house.client.get(mine["media"]["url"])).status == 200
    await page.hears("message", **{"from": "bot"})


async def test_a_file_that_is_not_there_is_refused(house: House) -> None:
    page = await house.phone()
    nobodys = house.pipeline.media.token(uuid4(), datetime.now(UTC))
    for token in ("x", "AAAA", "é", nobodys):
        id = await page.tell(type="media", kind="voice", token=token)
        assert (await page.hears("refused", id=id))["why"].endswith("again.")


def test_a_link_ends_and_cannot_be_made_by_others(tmp_path: Path) -> None:
    now, media_id = datetime.now(UTC), uuid4()
    ours, others = Keeper(tmp_path, "a" * 32), Keeper(tmp_path, "b" * 32)
    token = ours.token(media_id, now)
    assert ours.read(token, now) == media_id
    assert ours.read(token, now + timedelta(days=2)) is None
    assert others.read(token, now) is None
    assert ours.read(("A" if token[0] != "A" else "B") + token[1:], now) is None
    assert [ours.read(wrong, now) for wrong in ("", "!", token[:-2], token + "AAAA")] == [None] * 4


def test_files_lie_by_nobodys_name_and_are_forgotten(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "media", "a" * 32)
    name = keeper.keep(PNG)
    path = keeper.path(name)
    assert path is not None
    assert path.read_bytes() == PNG
    assert path.stat().st_mode & 0o077 == 0
    (tmp_path / "secret").write_text("x")
    assert keeper.path("../secret") is None
    keeper.forget([name, name, "../secret"])
    assert keeper.path(name) is None
    assert (tmp_path / "secret").exists()


def test_nothing_short_is_taken_for_a_file() -> None:
    assert [sort_of(data) for data in (b"", b"\xff", b"R", b"RIFF", b"ftyp")] == [None] * 5
