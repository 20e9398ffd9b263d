"""Nothing that is said bypasses the catalogues: whole stories in a language whose every text is
told by its letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator

import pytest

from bot.pseudo import CODE, translated
from tests.conftest import DATABASE_KEY
from tests.conversation.scene import REGISTRATION, Phone, Scene, stage, words

ANA, BEA = "tel:+50499000001", "tel:+50499000002"
BROKER, CHIEF = "tel:+50499000009", "tel:+50499000007"

NOT_OURS = re.compile(
    # What people wrote themselves, names of places, of the programme and of channels, and days
    # as Babel writes them: none of these is in a catalogue.
    r"Gracias|Lempira|Honduras|Weavers of Lempira|Ana|Beatriz|Rosa|Ines|hammocks and shawls"
    r"|We wait|Telegram|WhatsApp|SMS|Fair|it broke|“help”"
    r"|\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"|\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)


@pytest.fixture
async def mirror(sqlite_url: str) -> AsyncIterator[Scene]:
    async with stage(sqlite_url, DATABASE_KEY, languages=(CODE,)) as opened:
        yield opened


async def joins(scene: Scene, urn: str, called: str) -> Phone:
    phone = scene.phone(urn)
    await phone.talks("hello", *{**REGISTRATION, "language": "1", "called": called}.values())
    return phone


async def becomes(scene: Scene, urn: str, called: str, role: str) -> Phone:
    phone = scene.phone(urn)
    await phone.talks(await scene.invited(role), "1", "yes", called)
    return phone


def bypassed(scene: Scene) -> list[str]:
    """Lines in which letters stand that no catalogue gave."""
    lines = [
        line
        for replies in scene.said.values()
        for reply in replies
        for text in (words(reply), reply.short, reply.how, reply.choose, reply.ask)
        for line in text.splitlines()
    ]
    assert len(lines) > 20
    return [line for line in lines if _has_plain_letters(NOT_OURS.sub("", line))]


def _has_plain_letters(line: str) -> bool:
    return any(unicodedata.name(one, "").startswith("LATIN ") for one in line)


async def test_the_mirror_shows_what_was_not_translated(mirror: Scene) -> None:
    assert translated("phrase.x", "Hello {name}") == "⟦Ｈｅｌｌｏ {name}⟧"
    assert translated("command.x", "more, again") == "ｍｏｒｅ, ａｇａｉｎ"
    assert _has_plain_letters("⟦Ｈｅｌｌｏ⟧ there")
    assert not _has_plain_letters("⟦Ｈｅｌｌｏ⟧ 12")


async def test_registering_and_what_an_artisan_can_do_say_only_what_is_in_the_catalogues(
    mirror: Scene,
) -> None:
    ana = await joins(mirror, ANA, "Ana")
    await ana.talks("menu", "profile", "back", "settings", "4", "1", "partners", "why", "where")
    await ana.talks("need", "1", "nonsense", "???", "yes", "providers", "help", "help", "more")
    await ana.talks("away 3/12/2026", "away", "not with", "report", "tell", "queue", "link", "who")
    await ana.talks("stop", "start", "language", "1", "delete", "yes")
    assert bypassed(mirror) == []


async def test_an_introduction_says_only_what_is_in_the_catalogues(mirror: Scene) -> None:
    broker = await becomes(mirror, BROKER, "Rosa", "broker")
    bea = await joins(mirror, BEA, "Beatriz")
    ana = await joins(mirror, ANA, "Ana")
    await ana.talks("partners", "1")
    await broker.talks("1", "queue")
    await ana.talks("yes", "2")
    await bea.talks("yes", "1")
    both = translated("phrase.connected", "Good news: you both said yes.")
    assert both in mirror.all_said_to(ANA)
    await ana.talks("tell", "1", "We wait", "not with", "1", "yes")
    await bea.talks("report", "1", "it broke")
    await mirror.pass_time(days=100)
    assert "⟦" in await broker.says("queue")
    assert bypassed(mirror) == []


async def test_brokers_and_coordinators_hear_only_what_is_in_the_catalogues(
    mirror: Scene,
) -> None:
    chief = await becomes(mirror, CHIEF, "Ines", "coordinator")
    broker = await becomes(mirror, BROKER, "Rosa", "broker")
    ana = await joins(mirror, ANA, "Ana")
    await ana.says("help")
    await broker.talks("queue", "1", "profile 1", "menu", "week")
    await chief.talks("menu", "week", "reports", "catalogue", "queue")
    await chief.talks("announce", "everyone", "1", "Fair", "yes", "reports")
    await mirror.pass_time(days=10)
    assert bypassed(mirror) == []
