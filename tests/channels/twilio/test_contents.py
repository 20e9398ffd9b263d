"""Who makes the Content resources, and that each is made once."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

from bot.channels.listed import equipped
from bot.channels.twilio_api import Api
from bot.channels.twilio_content import MAKING, SHAPES, Contents
from storage import database as store
from tests.channels.twilio.programme import account_for, standing
from tests.conftest import DATABASE_KEY
from tests.standins.twilio import TwilioServer


async def test_of_processes_that_start_together_one_makes_them_and_the_others_find_them(
    server: TwilioServer, postgres_url: str
) -> None:
    looked = asyncio.Barrier(3)

    class AtOnce(Contents):
        """None has begun to make any before all have looked for the first time."""

        async def _look_up(self) -> bool:
            well, first = await super()._look_up(), self not in there
            there.append(self)
            if first:
                await looked.wait()
            return well

    there: list[Contents] = []
    databases = [await store.connect(postgres_url, DATABASE_KEY) for _ in range(3)]
    async with Api(account_for(server)) as api:
        all_ = [AtOnce(api, partial(one.alone, MAKING)) for one in databases]
        while not all(await asyncio.gather(*(one.prepare() for one in all_))):
            pass
    for one in databases:
        await one.close()
    made = server.resources.contents.values()
    assert Counter(one.friendly_name for one in made) == Counter(list(SHAPES))
    assert all(one.sids == all_[0].sids for one in all_)


async def test_who_sends_makes_them_and_who_only_listens_does_not(
    server: TwilioServer, database: store.Database, tmp_path: Path
) -> None:
    async with standing(server, database, tmp_path) as programme:
        contents = programme.whatsapp.contents
        assert not await contents.prepare(make=False)
        assert not server.resources.contents
        async with equipped(programme.pipeline), asyncio.timeout(10):
            while contents.missing:
                await asyncio.sleep(0.01)
        assert len(server.resources.contents) == len(SHAPES)


async def test_who_starts_knows_what_there_is_before_anything_is_sent(
    server: TwilioServer,
) -> None:
    async with Api(account_for(server)) as api:
        while not await Contents(api).prepare():
            pass
        async with Contents(api) as contents:
            assert not contents.missing
