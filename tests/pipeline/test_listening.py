"""A voice message where somebody listens: kept, heard, asked back, and only then an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.phone import Phone
from bot.listening import ByHttp
from bot.messages import Attachment, Incoming
from tests.pipeline.talking import ANA, Stage

OGG = b"OggS" + b"\0" * 100


@dataclass
class Service:
    """What turns speech into text: what it was given, and what it answers."""

    server: TestServer
    given: list[tuple[str, str, bytes]] = field(default_factory=list)
    status: int = 200
    answer: str = '{"text": "Ana María"}'

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hear"))


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async def hear(request: web.Request) -> web.Response:
        data = await request.read()
        here.given.append((request.query["language"], request.content_type, data))
        return web.Response(status=here.status, text=here.answer)

    app = web.Application()
    app.router.add_post("/hear", hear)
    server = TestServer(app)
    await server.start_server()
    here = Service(server)
    yield here
    await server.close()


@pytest.mark.parametrize(
    ("status", "answer", "heard"),
    [
        (200, '{"text": " Ana\\u0000 María "}', "Ana María"),
        (200, '{"text": 3}', ""),
        (200, "[]", ""),
        (200, "no json", ""),
        (500, '{"text": "x"}', ""),
    ],
)
async def test_an_answer_of_the_service_means(
    service: Service, status: int, answer: str, heard: str
) -> None:
    service.status, service.answer = status, answer
    async with ByHttp(service.url) as listener:
        assert await listener.heard(OGG, "audio/ogg", "es") == heard
    assert service.given == [("es", "audio/ogg", OGG)]


async def test_a_service_that_is_away_hears_nothing() -> None:
    async with ByHttp("http://127.0.0.1:9/hear") as listener:
        assert await listener.heard(OGG, "audio/ogg", "es") == ""


class WithFiles(Phone):
    """A phone whose files lie on its far side."""

    async def fetch(self, attachment: Attachment, most: int) -> bytes | None:
        return OGG


async def test_a_voice_message_is_heard_and_asked_back(stage: Stage, service: Service) -> None:
    await stage.says(ANA, "hola", "es", "si")
    async with ByHttp(service.url) as listener:
        phone = WithFiles(stage.pipeline.database, stage.pipeline.coordination)
        stage.pipeline = replace(stage.pipeline, channels={"phone": phone}, listener=listener)
        spoken = (Attachment("voice", ref="far"),)
        said = Incoming("phone", "phone:ana/voice", (ANA,), kind="media", attachments=spoken)
        await stage.pipeline.intake.accept([said], stage.clock())
        await stage.settles()
        while stage.pipeline.aside:
            await next(iter(stage.pipeline.aside))
        await stage.settles()
    assert service.given == [("es", "audio/ogg", OGG)]
    assert "¿Ana María?" in "\n".join(await stage.sees(ANA))
    assert "¿Qué hace" in "\n".join(await stage.says(ANA, "1"))
