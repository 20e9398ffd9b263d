"""The channels there are: how each is opened, what its far side calls, what it does by itself."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from bot.channels import gateway_taking, telegram_taking, twilio_missed, twilio_taking
from bot.channels.base import Channel
from bot.channels.gateway import Gateways
from bot.channels.phone import Phone
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.channels.telegram_http import Api
from bot.channels.twilio_api import Api as TwilioApi
from bot.channels.twilio_content import MAKING, Contents
from bot.channels.twilio_templates import Templates
from bot.channels.whatsapp import WhatsApp
from bot.house import House
from bot.media import Keeper
from bot.pipeline.coordination import Coordination
from bot.pipeline.parts import Pipeline
from storage.database import Database


@contextlib.asynccontextmanager
async def open_channels(
    house: House, database: Database, heard: Coordination, keeper: Keeper
) -> AsyncIterator[dict[str, Channel]]:
    """The channels that are configured, by name, with their connections open."""
    channels: dict[str, Channel] = {"phone": Phone(database, heard)}
    async with contextlib.AsyncExitStack() as stack:
        bot = house.settings.telegram
        if bot is not None:
            api = await stack.enter_async_context(Api(bot.token, bot.api))
            channels["telegram"] = Telegram(api, house, database, keeper)
        account = house.settings.twilio
        if account is not None:
            twilio = await stack.enter_async_context(TwilioApi(account))
            contents = Contents(twilio, lambda: database.alone(MAKING))
            public = house.settings.public_url
            whatsapp = channels["whatsapp"] = WhatsApp(twilio, contents, database, public)
            templates = Templates(twilio, account.templates)
            whatsapp.templates = await stack.enter_async_context(templates)
            channels["sms"] = Sms(twilio, contents, database, public)
        if house.settings.gateways:
            by_twilio = channels.get("sms")
            channels["sms"] = await stack.enter_async_context(
                Gateways(house.settings.gateways, by_twilio if isinstance(by_twilio, Sms) else None)
            )
        yield channels


@contextlib.asynccontextmanager
async def equipped(pipeline: Pipeline) -> AsyncIterator[None]:
    """While inside, what the channels send by is looked for on their far sides, and made."""
    whatsapp = pipeline.channels.get("whatsapp")
    async with whatsapp.contents if isinstance(whatsapp, WhatsApp) else contextlib.nullcontext():
        yield


def routes(pipeline: Pipeline) -> list[web.RouteDef]:
    """What the far sides of the open channels call."""
    return [
        *telegram_taking.routes(pipeline),
        *twilio_taking.routes(pipeline),
        *gateway_taking.routes(pipeline),
    ]


@contextlib.asynccontextmanager
async def hearing(pipeline: Pipeline) -> AsyncIterator[None]:
    """While inside, the channels do what they do by themselves, such as asking for messages."""
    async with telegram_taking.hearing(pipeline), twilio_missed.catching_up(pipeline):
        yield
