from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.pipeline.parts import Pipeline
from bot.pipeline.shared import ANSWER, Shared
from bot.web import STATIC, application
from tests.line import Line
from tests.web.conftest import House


async def test_the_page_and_its_parts_are_served_with_their_rules(house: House) -> None:
    for path in ("/", "/phone", "/static/page.js", "/static/icon.svg"):
        answer = await house.client.get(path)
        assert answer.status == 200, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_map_has_places_by_size(house: House) -> None:
    answer = await house.client.get("/phone/places/hn.json")
    drawn = await answer.json()
    assert drawn["country"] == "HN"
    assert {"name": "Tegucigalpa", "size": 5}.items() <= drawn["places"][0].items()
    assert all(1 <= place["size"] <= 5 for place in drawn["places"])


@pytest.mark.parametrize("country", ["XX", "H", "..", "%2e%2e%2f", "HN%00"])
async def test_a_country_without_a_map_is_not_found(house: House, country: str) -> None:
    answer = await house.client.get(f"/phone/places/{country}.json")
    assert answer.status == 404


async def test_outside_the_demonstration_there_are_no_phones(pipeline: Pipeline) -> None:
    real = replace(pipeline.house.settings, demo=False)
    away = replace(pipeline, house=replace(pipeline.house, settings=real))
    async with TestClient(TestServer(application(away))) as client:
        assert (await client.get("/")).status == 200
        assert "is running" in await (await client.get("/")).text()
        for path in ("/phone", "/phone/socket", "/static/page.js", "/phone/places/HN.json"):
            assert (await client.get(path)).status == 404, path
        assert (await client.post("/phone/media")).status == 404


async def test_a_page_under_another_name_is_not_served(house: House) -> None:
    for host in ("evil.example", "evil.example:8080", "[", ""):
        answer = await house.client.get("/", headers={"Host": host})
        assert answer.status in (400, 421), host


async def test_it_says_that_it_is_alive_and_ready(house: House) -> None:
    assert (await house.client.get("/health")).status == 200
    answer = await house.client.get("/ready")
    assert answer.status == 200
    assert await answer.json() == {"ready": True, "degraded": False, "reasons": []}


async def test_without_redis_it_is_ready_but_degraded(pipeline: Pipeline) -> None:
    alone = Shared("unix:///nowhere/redis.sock")
    degraded = replace(pipeline, coordination=alone)
    async with TestClient(TestServer(application(degraded))) as client:
        answer = await client.get("/ready")
        assert answer.status == 200
        assert (await answer.json())["degraded"] is True
    await alone.close()


async def test_with_a_redis_that_hangs_it_says_at_once_that_it_is_degraded(
    pipeline: Pipeline, redis_url: str
) -> None:
    async with Line(redis_url) as line:
        heard = Shared(line.url)
        degraded = replace(pipeline, coordination=heard)
        async with TestClient(TestServer(application(degraded))) as client:
            assert (await (await client.get("/ready")).json())["degraded"] is False
            line.free.clear()
            await heard.wake("inbox")
            began = time.monotonic()
            answer = await client.get("/ready")
            assert (answer.status, (await answer.json())["degraded"]) == (200, True)
            assert time.monotonic() - began < ANSWER
        await heard.close()


async def test_with_old_tables_it_is_not_ready(house: House) -> None:
    async with house.pipeline.database.begin() as db:
        await db.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")
    answer = await house.client.get("/ready")
    assert answer.status == 503
    assert "artisan migrate" in (await answer.json())["reasons"][0]


async def test_without_its_database_it_is_not_ready(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(house.pipeline.database, "read", away)
    answer = await house.client.get("/ready")
    assert answer.status == 503
    assert (await answer.json())["reasons"] == ["The database cannot be reached."]
    assert (await house.client.get("/metrics")).status == 503


async def test_metrics_count_what_happens(house: House) -> None:
    page = await house.phone()
    await page.tell(type="say", text="hola")
    await page.hears("message", **{"from": "bot"})
    written = await (await house.client.get("/metrics")).text()
    for name in (
        'artisan_messages_accepted_total{channel="phone"}',
        'artisan_turns_total{result="done"}',
        'artisan_sends_total{channel="phone",result="sent"}',
        'artisan_queue_depth{queue="inbox"} 0.0',
        'artisan_queue_age_seconds{queue="inbox"} 0.0',
    ):
        assert name in written, name


async def test_what_is_not_there_is_not_found(house: House) -> None:
    for path in ("/nothing", "/static/../settings.py", "/media/", "/static/"):
        assert (await house.client.get(path)).status in (403, 404), path


def test_no_file_of_the_page_asks_anybody_else_for_anything() -> None:
    files = [path for path in STATIC.rglob("*") if path.suffix in (".html", ".css", ".js")]
    outward = re.compile(r"""(src|href|url|from|import|fetch)[\s(="']+(https?:)?//""")
    assert [str(path) for path in files if outward.search(path.read_text(encoding="utf-8"))] == []
