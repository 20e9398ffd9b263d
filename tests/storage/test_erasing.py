"""Somebody is put into every table, erased, and then looked for in every column of every table."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from matching.versions import Standing, Version
from storage import (
    blocks,
    broadcasts,
    consents,
    contacts,
    enterprises,
    erasing,
    events,
    figures,
    handshakes,
    inbox,
    introductions,
    invitations,
    learned,
    matches,
    media,
    needs,
    outbox,
    phones,
    providers,
    receipts,
    roles,
    sealing,
    sends,
    sessions,
    tables,
    tasks,
    timers,
    urns,
    versions,
    views,
)
from storage.audiences import Audience
from storage.database import Database
from storage.inbox import Arrival
from storage.outbox import Outgoing
from storage.sessions import Stored
from storage.tables import metadata
from tests.storage.conftest import NOW
from tests.storage.networked import fill_networks
from tests.storage.people import an_artisan, someone

NUMBER = "+50499887766"
ANA = f"tel:{NUMBER}"
BEN = "tel:+50488776655"
SAID = "zanahoria"
"""A word only she ever said: it stands wherever something of hers is kept."""
TRACES = ("Filomena", NUMBER, NUMBER[1:], SAID, "Aldea Escondida", "14.15", "HN-FM")
LATER = NOW + timedelta(minutes=5)


def message(contact_id: UUID | None, urn_id: UUID, words: str, **columns: Any) -> Outgoing:
    kept = {"rank": 1, "purpose": "alert", "due_at": NOW, **columns}
    return Outgoing(an_id(), contact_id, urn_id, "phone", reply={"text": words}, **kept)


def an_id() -> UUID:
    from storage import ids

    return ids.new(NOW)


def a_session(contact_id: UUID, flow: str, state: str, subject: str = "", **answers: Any) -> Stored:
    asked = {"step": "x", "offers": [{"label": "Filomena"}]}
    session_id = an_id()
    return Stored(session_id, contact_id, flow, subject, answers, asked, state, 0, NOW, NOW)


async def fill(db: AsyncConnection) -> tuple[UUID, UUID, UUID]:
    """Filomena, with something of hers in every table; Ben, who had to do with her, and a
    broker."""
    ana, urn, hers = await an_artisan(
        db,
        ANA,
        "Filomena",
        products=f"{SAID} tejida",
        craft_words=SAID,
        place="Aldea Escondida",
        place_words=f"por la {SAID}",
        profile={"inputs": SAID},
    )
    ben, bens, his = await an_artisan(db, BEN, "Ben", craft="garments", region="HN-CM", lat=14.5)
    broker, brokers = await someone(db, "tel:+50477665544", "Rosa")
    invitation = await invitations.make(db, "code", "provider", NOW, for_urn=ANA)
    await roles.grant(db, broker.id, "broker", NOW)
    await roles.grant(db, ana.id, "coordinator", NOW, area=["HN-FM"], invitation_id=invitation.id)
    await invitations.redeem(db, "wrong", ana.id, ANA, NOW)
    await views.note(db, broker.id, "profile", hers.id, NOW)
    need = await needs.add(db, hers.id, "training", NOW, words=SAID, topic=SAID)
    await blocks.block(db, his.id, hers.id, NOW)
    await blocks.know(db, his.id, hers.id, NOW)
    await handshakes.code_of(db, hers.id, NOW)
    provider = await providers.add(
        db, "Centro", NOW, [providers.Service("training")], phone=NUMBER, contact_id=ana.id
    )
    shown = [("partner", his.id, need.id), ("provider", provider, need.id)]
    await versions.put(db, Version("2026-W10", None, {str(hers.id): Standing(price=0.5)}), 3, NOW)
    word = learned.Unheard("es", "chinchorra", (hers.id,))
    await learned.explain(db, word, "hammocks", ana.id, NOW)
    await matches.put(
        db, [matches.Match(hers.id, k, to, 1, 0.5, (SAID,), None, n) for k, to, n in shown], NOW
    )
    asked = await introductions.propose(db, his.id, hers.id, NOW, broker_id=broker.id)
    assert asked is not None
    await introductions.change(db, asked.id, NOW, declined_why=SAID)
    await tasks.add(db, "help", ana.id, NOW, LATER, words=SAID, region="HN-FM", about="need.words")
    await tasks.add(db, "report", ben.id, NOW, LATER, words="Filomena me engaña", subject_id=ana.id)
    call = await broadcasts.draft(db, ana.id, Audience(languages=("es",)).kept(), NOW)
    await broadcasts.add_text(db, call.id, "", "Llamen a Filomena, 50499887766")
    await events.put(
        db, [events.New("asked", his.pseudonym, hers.pseudonym, {"reason": "near"})], NOW
    )
    await sessions.put(
        db,
        [
            a_session(ana.id, "register", "active", words=SAID),
            a_session(ben.id, "introduction", "active", str(asked.id)),
            a_session(ben.id, "report", "done", words=f"fue Filomena ({NUMBER})"),
            a_session(broker.id, "approval", "waiting", str(asked.id)),
        ],
    )
    await inbox.put(
        db,
        [
            Arrival("phone", "1", ANA, {"text": SAID, "urns": [ANA]}, NOW, NOW),
            Arrival("phone", "2", BEN, {"text": "hola Filomena"}, NOW, NOW),
            Arrival("house", "3", ANA, {"data": {"name": "Filomena"}}, NOW, NOW),
            Arrival("house", "4", BEN, {"data": {"name": "Filomena"}}, NOW, NOW),
        ],
    )
    await inbox.park(db, 1, f"no {NUMBER}", NOW)
    await outbox.put(
        db,
        [
            message(ana.id, urn.id, f"¿{SAID}?", rank=0),
            message(ben.id, bens.id, "Filomena: +50499887766", inbox_seq=2),
            message(broker.id, brokers.id, "Ben quiere conocer a Filomena"),
            message(ben.id, bens.id, "Otra cosa", broadcast_id=call.id),
        ],
    )
    begun = await sends.begin(db, await outbox.claim(db, NOW), NOW)
    for number, attempt in enumerate(begun):
        name, error = (f"{NUMBER}:1", f"no {NUMBER}") if number == 0 else (f"x{number}", "")
        await sends.settle(
            db, attempt, NOW, result="sent", state="sent", external_id=name, error=error
        )
        await receipts.put(db, [receipts.Arrival("phone", name, "delivered")], NOW)
    await outbox.put(db, [message(ben.id, bens.id, "Filomena acepta")])
    await timers.put(db, [timers.New("remind", ana.id, LATER, {"contact": str(ana.id)})], NOW)
    await media.add(db, NOW, kind="photo", type="image/jpeg", size=3, path="ab/abcd", urn=ANA)
    await phones.show(db, ANA, "1", {"text": SAID}, NOW, mine=True)
    await phones.show(db, BEN, "2", {"text": "Filomena: +50499887766"}, NOW)
    await phones.change(db, ANA, look="sms")
    await urns.stop(db, urn.id, NOW)
    await contacts.change(db, ana.id, wishes={"words": SAID}, about={"sex": SAID})
    await fill_networks(db, hers, his, broker, SAID)
    return ana.id, ben.id, asked.id


async def everything(db: AsyncConnection) -> dict[str, list[str]]:
    """Every cell of every table as text, opened where it is sealed."""
    found: dict[str, list[str]] = {}
    for table in metadata.sorted_tables:
        for column in table.c:
            cells = (await db.execute(select(column))).scalars().all()
            found[f"{table.name}.{column.name}"] = [written(column.type, cell) for cell in cells]
    return found


def written(kind: Any, cell: Any) -> str:
    plain = isinstance(kind, JSON) or isinstance(cell, dict | list)
    return json.dumps(cell, ensure_ascii=False) if plain else str(cell)


def traces(found: dict[str, list[str]]) -> list[str]:
    return [
        f"{column}: {cell}"
        for column, cells in found.items()
        for cell in cells
        for trace in TRACES
        if trace.casefold() in cell.casefold()
    ]


async def test_she_is_in_every_table_before(database: Database) -> None:
    """Else the next test would show nothing. Add what is new to `fill`."""
    async with database.begin() as db:
        await fill(db)
        for table in metadata.sorted_tables:
            assert (await db.execute(select(table))).first() is not None, f"nothing in {table}"
        assert len(traces(await everything(db))) > 30


async def test_who_is_erased_is_in_no_column_of_any_table(database: Database) -> None:
    async with database.begin() as db:
        ana, _, _ = await fill(db)
        paths = await erasing.erase(db, ana, NOW)
    assert paths == ["ab/abcd"]
    async with database.begin() as db:
        assert await erasing.sweep(db, LATER) == 1
        assert traces(await everything(db)) == []


async def test_only_the_keyed_hash_of_her_address_is_left(database: Database) -> None:
    async with database.begin() as db:
        ana, _, _ = await fill(db)
        await erasing.erase(db, ana, NOW)
        await erasing.sweep(db, LATER)
        digest = sealing.digest(db, ANA)
        found = await everything(db)
    assert [c for c, cells in found.items() if digest in cells] == ["do_not_contact.digest"]


async def test_what_is_counted_stays_under_a_pseudonym(database: Database) -> None:
    async with database.begin() as db:
        ana, ben, asked = await fill(db)
        hers = await enterprises.of_contact(db, ana)
        his = await enterprises.of_contact(db, ben)
        assert hers is not None
        assert his is not None
        await erasing.erase(db, ana, NOW)
        assert await enterprises.of_contact(db, ana) is None
        (event,) = await events.past(db, his.id)
        assert (event.kind, event.to) == ("asked", str(hers.id))
        closed = await introductions.by_id(db, asked)
        assert closed is not None
        assert closed.state == "withdrawn"
        week = await figures.of_week(db, LATER)
        assert (week.enterprises, week.needs) == (1, {"training": 1})


async def test_others_keep_what_is_theirs(database: Database) -> None:
    async with database.begin() as db:
        ana, ben, _ = await fill(db)
        await erasing.erase(db, ana, NOW)
        known = await contacts.known(db, BEN)
        assert known is not None
        assert known[0].name == "Ben"
        said = [m.body["text"] for m in await phones.after(db, BEN)]
        assert said == ["…: …"]
        rows = (await db.execute(select(tables.outbox).order_by(tables.outbox.c.seq))).all()
        assert [row.state for row in rows][-1] == "dropped"
        assert "Otra cosa" in [(row.reply or {}).get("text") for row in rows]
        assert [s.flow for s in await sessions.of(db, ben)] == []


async def test_of_many_erased_at_once_nothing_is_left_in_what_a_broker_was_told(
    database: Database,
) -> None:
    async with database.begin() as db:
        gone = [
            (await someone(db, urn, name))[0].id for urn, name in ((ANA, "Filomena"), (BEN, "Ben"))
        ]
        broker, urn = await someone(db, "tel:+50477665544", "Rosa")
        await roles.grant(db, broker.id, "broker", NOW)
        told = message(broker.id, urn.id, f"Filomena, {NUMBER}, y Ben escriben a Rosa")
        await outbox.put(db, [told])
        await db.execute(tables.outbox.update().values(state="sent"))
        await erasing.erase_all(db, gone, NOW, remember=False)
        (row,) = (await db.execute(select(tables.outbox))).all()
        assert row.reply["text"] == "…, …, y … escriben a Rosa"
        assert await contacts.known(db, BEN) is None


async def test_stop_outlives_erasing(database: Database) -> None:
    async with database.begin() as db:
        ana, _, _ = await fill(db)
        await erasing.erase(db, ana, NOW)
        await erasing.sweep(db, LATER)
        assert not await contacts.may_be_imported(db, ANA)
        _, urn = await someone(db, ANA)
        assert urn.stopped_at == NOW


async def test_who_comes_back_by_their_own_word_is_somebody_new(database: Database) -> None:
    async with database.begin() as db:
        contact, urn, _ = await an_artisan(db, ANA)
        await inbox.put(db, [Arrival("phone", "1", ANA, {"text": SAID}, NOW, NOW)])
        await erasing.erase(db, contact.id, NOW)
        await inbox.done(db, [1], NOW)
        assert await contacts.known(db, ANA) is None
        assert not await contacts.may_be_imported(db, ANA)
        back, again = await someone(db, ANA)
        assert back.id != contact.id
        assert (again.id, again.stopped_at) == (urn.id, None)
        assert await erasing.sweep(db, LATER) == 0
        assert not any(SAID in cell for cell in (await everything(db))["inbox.body"])
        await consents.note(
            db, consents.Consent(back.id, "phone", "keep", "1", "asked", given=True, at=LATER)
        )
        assert await contacts.may_be_imported(db, ANA)


async def test_the_last_word_still_reaches_her_and_then_the_address_goes(
    database: Database,
) -> None:
    async with database.begin() as db:
        contact, urn, _ = await an_artisan(db, ANA)
        await erasing.erase(db, contact.id, NOW)
        await outbox.put(db, [message(contact.id, urn.id, "Everything is erased.", rank=0)])
        assert await erasing.sweep(db, LATER) == 0
        assert await erasing.unswept(db)
        (attempt,) = await sends.begin(db, await outbox.claim(db, LATER), LATER)
        assert (await urns.by_ids(db, [urn.id]))[urn.id].address == ANA
        await sends.settle(db, attempt, LATER, result="sent", state="sent")
        assert await erasing.sweep(db, LATER) == 1
        assert not await erasing.unswept(db)
        assert (await urns.by_ids(db, [urn.id]))[urn.id].address is None


async def test_an_address_that_others_share_stays_theirs(database: Database) -> None:
    async with database.begin() as db:
        ana, urn, _ = await an_artisan(db, ANA, "Filomena")
        sister, _, _ = await an_artisan(db, BEN, "Marta")
        await urns.link(db, urn.id, sister.id, NOW, why="shared")
        await urns.link(db, urn.id, ana.id, LATER, why="shared")
        await erasing.erase(db, ana.id, LATER)
        known = await contacts.known(db, ANA)
        assert known is not None
        assert known[0].name == "Marta"
        assert await contacts.may_be_imported(db, ANA)
        assert await erasing.sweep(db, LATER + timedelta(days=1)) == 0


async def test_an_enterprise_others_speak_for_stays(database: Database) -> None:
    async with database.begin() as db:
        ana, _, hers = await an_artisan(db, ANA, "Taller")
        ben, _ = await someone(db, BEN, "Ben")
        link = {"contact_id": ben.id, "enterprise_id": hers.id, "current": True, "since_at": NOW}
        await db.execute(insert(tables.contact_enterprises).values(**link))
        await erasing.erase(db, ana.id, NOW)
        kept = await enterprises.of_contact(db, ben.id)
        assert kept is not None
        assert kept.craft == "weaving"


async def test_erasing_twice_does_nothing_the_second_time(database: Database) -> None:
    async with database.begin() as db:
        ana, _, _ = await fill(db)
        assert await erasing.erase(db, ana, NOW)
        assert await erasing.erase(db, ana, LATER) == []
