from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
import redis

from bot.channels.base import Pace
from bot.pipeline import shared
from bot.pipeline.coordination import Memory, coordination
from bot.pipeline.shared import ANSWER, SHARE, Shared
from tests.line import Line
from tests.servers import Redis

NOBODY = "unix:///nowhere/redis.sock"


async def heard(bell_of: Shared | Memory, waker: Shared | Memory) -> bool:
    with bell_of.listen("inbox") as bell:
        for _ in range(50):  # until the line to Redis is open
            await waker.wake("inbox")
            if await bell.wait(0.1):
                return True
    return False


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushall()


def test_redis_is_used_where_it_is_configured() -> None:
    assert isinstance(coordination(""), Memory)


async def test_a_bell_remembers_that_it_was_rung_while_nobody_waited() -> None:
    ours = Memory()
    with ours.listen("inbox") as bell, ours.listen("inbox") as other:
        await ours.wake("inbox")
        assert await bell.wait(0)
        assert await other.wait(0)
        assert not await bell.wait(0)
        await ours.wake("outbox")
        assert not await bell.wait(0)
        ours.ring_all()
        assert await bell.wait(0)


async def test_processes_wake_each_other_by_redis(any_redis_url: str) -> None:
    one, other = Shared(any_redis_url), Shared(any_redis_url)
    try:
        assert await heard(one, other)
        assert await heard(other, one)
        assert await one.is_well()
    finally:
        await one.close()
        await other.close()


async def test_programmes_with_databases_of_their_own_on_one_redis_do_not_wake_each_other(
    any_redis_url: str,
) -> None:
    server = any_redis_url.partition("?")[0]
    all_ = [Shared(f"{server}?db={number}") for number in (1, 1, 2, 2)]
    one, other, stranger, friend = all_
    try:
        with stranger.listen("outbox") as ready, stranger.listen("inbox") as bell:
            while not await ready.wait(0.1):  # until the line to Redis is open
                await friend.wake("outbox")
            await bell.wait(0)
            assert await heard(one, other)
            assert not await bell.wait(0.1)
    finally:
        for each in all_:
            await each.close()


async def test_of_many_words_at_once_the_others_hear_the_first_and_the_last(
    any_redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Shared(any_redis_url), Shared(any_redis_url)
    monkeypatch.setattr(shared, "GAP", 0.5)
    told: list[str] = []
    tell = one._tell

    async def telling(topic: str) -> None:
        told.append(topic)
        await tell(topic)

    monkeypatch.setattr(one, "_tell", telling)
    try:
        with other.listen("outbox") as ready, other.listen("inbox") as bell:
            while not await ready.wait(0.1):  # until the line to Redis is open
                await one.wake("outbox")
            await bell.wait(0)
            for _ in range(20):
                await one.wake("inbox")
            assert await bell.wait(2)
            assert told.count("inbox") == 1
            assert await bell.wait(2)
            assert told.count("inbox") == 2
            assert not await bell.wait(0.1)
    finally:
        await one.close()
        await other.close()


async def test_a_flushed_redis_loses_nothing_but_the_pace(
    redis_url: str, redis_server: Redis
) -> None:
    ours = Shared(redis_url)
    try:
        assert await ours.take("chat", 1, 1) == 0
        assert await ours.take("chat", 1, 1) > 0
        redis_server.flush()
        assert await ours.take("chat", 1, 1) == 0
        assert await heard(ours, ours)
    finally:
        await ours.close()


async def test_several_processes_keep_one_pace(any_redis_url: str) -> None:
    senders = [Shared(any_redis_url) for _ in range(3)]
    try:
        waits = await asyncio.gather(*(s.take("all", 0.01, 5) for s in senders for _ in range(4)))
    finally:
        for sender in senders:
            await sender.close()
    assert sum(wait == 0 for wait in waits) == 5
    assert all(0 < wait <= 100 for wait in waits if wait)


async def test_a_pause_that_one_process_set_is_not_shortened_by_another(any_redis_url: str) -> None:
    one, other = Shared(any_redis_url), Shared(any_redis_url)
    try:
        await one.pause("bot", 15)
        await other.pause("bot", 2)
        assert 14 < await other.take("bot", 25, 5) <= 15
        await other.pause("bot", 60)
        assert 59 < await one.take("bot", 25, 5) <= 60
        assert await one.take("another", 25, 5) == 0
    finally:
        await one.close()
        await other.close()


async def test_a_pause_outlasts_a_flush_by_what_the_processes_know(any_redis_url: str) -> None:
    one, other, third = (Shared(any_redis_url) for _ in range(3))
    try:
        with other.listen("outbox"):
            assert await heard(other, one)
            await one.pause("bot", 15)
            await until(lambda: bool(other._own.paused()))
        flush(any_redis_url)
        assert 14 < await one.take("bot", 25, 5) <= 15
        assert 14 < await third.take("bot", 25, 5) <= 15  # it is in Redis again
        flush(any_redis_url)
        assert 14 < await other.take("bot", 25, 5) <= 15
    finally:
        for each in (one, other, third):
            await each.close()


async def test_a_pause_that_all_know_ends_when_it_was_to_end(any_redis_url: str) -> None:
    one, other = Shared(any_redis_url), Shared(any_redis_url)
    try:
        with other.listen("outbox"):
            assert await heard(other, one)
            began = time.monotonic()
            await one.pause("bot", 0.5)
            for each in (one, other, one, other):
                while wait := await each.take("bot", 1000, 1000):
                    await asyncio.sleep(wait)
            assert 0.5 <= time.monotonic() - began < 0.7
    finally:
        await one.close()
        await other.close()


async def test_without_redis_each_keeps_a_share_of_the_pace_and_hears_itself() -> None:
    ours = Shared(NOBODY)
    try:
        assert not await ours.is_well()
        assert await ours.take("all", 40, 8) == 0
        took = [await ours.take("all", 40, 8) for _ in range(8)]
        assert took.count(0.0) <= 8 * SHARE
        with ours.listen("inbox") as bell:
            await ours.wake("inbox")
            assert await bell.wait(0)
    finally:
        await ours.close()


async def test_a_redis_that_hangs_is_waited_for_once_and_taken_up_again_by_itself(
    any_redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "MOST_REST", 0.1)
    async with Line(any_redis_url) as line:
        ours, other = Shared(line.url), Shared(any_redis_url)
        try:
            assert await ours.take("all", 0.01, 4) == 0
            assert await ours.is_well()
            line.free.clear()
            began = time.monotonic()
            assert await ours.take("all", 0.01, 4) == 0  # of its own share, which is one
            assert time.monotonic() - began < 2 * ANSWER
            began = time.monotonic()
            for _ in range(5):
                assert not await ours.is_well()
                await ours.wake("inbox")
                await ours.pause("bot", 15)
                assert await ours.take("all", 0.01, 4) > 0
                assert await ours.take("bot", 25, 5) > 14
            assert time.monotonic() - began < ANSWER / 2
            line.free.set()
            async with asyncio.timeout(10):
                while not await ours.is_well():
                    await asyncio.sleep(0.01)
            took = [await each.take("all", 0.01, 4) for each in (other, ours) * 3]
            assert 0 < took.count(0) <= 3
            assert 14 < await other.take("bot", 25, 5) <= 15
        finally:
            await ours.close()
            await other.close()


async def test_what_takes_several_goes_where_there_is_one_and_the_next_waits_for_all(
    any_redis_url: str,
) -> None:
    time = [0.0]
    for ours in (Memory(lambda: time[0]), Shared(any_redis_url)):
        few, many = Pace("all", 0.1, 3), Pace("all", 0.1, 3, amount=8)
        try:
            took = await ours.take_each([(few,), (many,), (few,), (many,)])
            assert took[:2] == [None, None]
            assert all(dry is not None and 59 < dry.wait <= 70 for dry in took[2:])
            assert await ours.take("other", 0.1, 3) == 0
        finally:
            await ours.close()


@pytest.mark.parametrize(("rate", "burst", "seconds"), [(30, 30, 2), (1, 3, 10), (0.5, 1, 10)])
async def test_a_bucket_lets_through_its_burst_and_then_its_rate(
    rate: float, burst: float, seconds: float
) -> None:
    time = [0.0]
    ours = Memory(lambda: time[0])
    let_through = 0
    while time[0] < seconds:
        wait = await ours.take("bucket", rate, burst)
        let_through += wait == 0
        time[0] += wait
    assert abs(let_through - (burst + rate * seconds)) <= 1
