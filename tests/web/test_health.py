"""A worker says how it is on a port of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import ClientSession

from bot.health import telling
from bot.pipeline.parts import Pipeline
from bot.usage import UsageError


async def test_a_worker_says_how_it_is_on_any_port_that_is_free(pipeline: Pipeline) -> None:
    async with telling(pipeline) as one, telling(pipeline) as other, ClientSession() as session:
        assert one != other
        for path in ("/health", "/ready", "/metrics"):
            async with session.get(one + path) as answer:
                assert answer.status == 200, path
        written = await (await session.get(one + "/metrics")).text()
        assert (await session.post(one + "/telegram")).status == 404
    for name in ("artisan_inbox_parked 0.0", 'artisan_queue_depth{queue="outbox_queued"} 0.0'):
        assert name in written, name


async def test_a_port_that_is_taken_is_named_with_what_to_set(pipeline: Pipeline) -> None:
    async with telling(pipeline) as address:
        port = int(address.rpartition(":")[2])
        same = replace(pipeline.house.settings, worker_port=port)
        again = replace(pipeline, house=replace(pipeline.house, settings=same))
        with pytest.raises(UsageError, match="WORKER_PORT"):
            async with telling(again):
                pass
