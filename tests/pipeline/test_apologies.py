from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from bot import conversation, wakes
from bot.messages import Incoming, Kind, Wake
from bot.pipeline import turns
from bot.turn import Turn
from storage import contacts, inbox
from tests.pipeline.talking import ANA, Stage

POISON = "poison"
BREAK = text("UPDATE inbox SET body = :broken WHERE state = 'ready'")


@pytest.fixture(autouse=True)
def poisonous(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a word that cannot be handled, whoever says it."""
    respond = conversation.respond

    async def responding(turn: Turn) -> None:
        if turn.incoming.text == POISON:
            raise KeyError(POISON)
        await respond(turn)

    monkeypatch.setattr(conversation, "respond", responding)


async def laid_aside(stage: Stage) -> inbox.Row:
    """What is laid aside once it has failed often enough."""
    for _ in range(turns.TRIES):
        await stage.settles()
        stage.clock.pass_(minutes=1)
    async with stage.pipeline.database.read() as db:
        (parked,) = await inbox.parked(db)
    return parked


async def test_somebody_whose_first_message_cannot_be_handled_gets_an_apology(stage: Stage) -> None:
    await stage.hears(ANA, POISON, hint="es")
    await laid_aside(stage)
    (apology,) = await stage.sees(ANA)
    assert "AYUDA" in apology
    assert await stage.says(ANA, "hola") == await stage.says("phone:ben", "hola")


async def test_somebody_whose_message_cannot_be_opened_gets_an_apology(stage: Stage) -> None:
    await stage.says(ANA, "hello")
    await stage.hears(ANA, "again")
    async with stage.pipeline.database.begin() as db:
        await db.execute(BREAK, {"broken": b"broken"})
    await laid_aside(stage)
    (apology,) = await stage.sees(ANA)
    assert "something went wrong" in apology


async def test_who_wrote_what_cannot_be_opened_and_is_not_known_cannot_be_told(
    stage: Stage,
) -> None:
    await stage.hears(ANA, "hello")
    async with stage.pipeline.database.begin() as db:
        await db.execute(BREAK, {"broken": b"broken"})
    await laid_aside(stage)
    async with stage.pipeline.database.read() as db:
        assert await contacts.known(db, ANA) is None


@pytest.mark.parametrize("opens", [True, False])
async def test_nobody_is_told_of_what_they_did_not_write(
    stage: Stage, opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.says(ANA, "hello")
    async with stage.pipeline.database.begin() as db:
        ana = await contacts.known(db, ANA)
        assert ana is not None
        await wakes.post(db, [("key", Wake(ana[0].id, what="flow", flow="need"))], stage.clock())
        if not opens:
            await db.execute(BREAK, {"broken": b"broken"})

    async def failing(*_: Any) -> None:
        raise KeyError(POISON)

    monkeypatch.setattr(conversation, "respond", failing)
    assert (await laid_aside(stage)).channel == wakes.CHANNEL
    assert await stage.sees(ANA) == []


@pytest.mark.parametrize("kind", ["blocked", "unblocked"])
async def test_who_only_blocked_us_is_not_met_for_an_apology(stage: Stage, kind: Kind) -> None:
    said = Incoming("phone", "1", (ANA,), kind=kind, text=POISON)
    await stage.pipeline.intake.accept([said], stage.clock())
    await laid_aside(stage)
    async with stage.pipeline.database.read() as db:
        assert await contacts.known(db, ANA) is None
