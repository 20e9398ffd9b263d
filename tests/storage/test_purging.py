from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from storage import contacts, ids, inbox, media, outbox, purging, roles, sessions, urns
from storage.database import Database
from storage.inbox import Arrival
from storage.outbox import Outgoing
from storage.sessions import Stored
from storage.tables import inbox as inbox_rows
from storage.tables import outbox as outbox_rows
from tests.storage.conftest import NOW
from tests.storage.people import agree, an_artisan, someone

DAY = timedelta(days=1)
ANA = "tel:+50499887766"


async def test_who_never_agreed_is_forgotten_after_seven_days(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db, ANA)
        await inbox.put(db, [Arrival("phone", "1", ANA, {"text": "hola"}, NOW, NOW)])
        await inbox.done(db, [1], NOW)
        await media.add(db, NOW, kind="photo", type="image/png", size=1, path="ab/c", urn=ANA)
        assert await purging.purge(db, NOW + 6 * DAY) == []
        assert await contacts.known(db, ANA) is not None
        assert await purging.purge(db, NOW + 8 * DAY) == ["ab/c"]
        assert await contacts.known(db, ANA) is None
        assert await contacts.may_be_imported(db, ANA)
        bodies = (await db.execute(select(inbox_rows.c.body))).scalars().all()
        assert bodies == [None]
        gone = await contacts.by_id(db, contact.id)
        assert gone is not None
        assert gone.language is None


async def test_who_agreed_said_stop_or_holds_a_role_is_kept(database: Database) -> None:
    async with database.begin() as db:
        await an_artisan(db, "tel:1")
        stopped, urn = await someone(db, "tel:2")
        await agree(db, stopped)
        await urns.stop(db, urn.id, NOW)
        broker, _ = await someone(db, "tel:3")
        await roles.grant(db, broker.id, "broker", NOW)
        talking, _ = await someone(db, "tel:4")
        await contacts.change(db, talking.id, heard_at=NOW + 7 * DAY)
        await purging.purge(db, NOW + 8 * DAY)
        for name in ("tel:1", "tel:2", "tel:3", "tel:4"):
            assert await contacts.known(db, name) is not None


async def test_messages_of_nobody_go_after_seven_days(database: Database) -> None:
    async with database.begin() as db:
        await inbox.put(db, [Arrival("phone", "1", "tel:9", {"text": "hola"}, NOW, NOW)])
        await inbox.done(db, [1], NOW)
        await purging.purge(db, NOW + 8 * DAY)
        assert (await db.execute(select(inbox_rows.c.body))).scalars().all() == [None]


async def test_texts_of_what_is_long_over_go_after_the_time_that_is_set(
    database: Database,
) -> None:
    async with database.begin() as db:
        contact, urn, _ = await an_artisan(db, ANA)
        await inbox.put(db, [Arrival("phone", n, ANA, {"text": n}, NOW, NOW) for n in "12"])
        await inbox.done(db, [1], NOW)
        reply = [
            Outgoing(ids.new(NOW), contact.id, urn.id, "phone", 0, "reply", {"text": n}, NOW)
            for n in ("over", "queued")
        ]
        await outbox.put(db, reply)
        await outbox.drop(db, reply[0].id, "x")
        over = Stored(ids.new(NOW), contact.id, "need", None, {"w": "x"}, None, "done", 0, NOW, NOW)
        await sessions.put(db, [over])
        for days, kept in ((9, ["1", "2"]), (11, [None, "2"])):
            await purging.purge(db, NOW + days * DAY, retention=10 * DAY)
            rows = await db.execute(select(inbox_rows.c.body).order_by(inbox_rows.c.seq))
            assert [body and body["text"] for body in rows.scalars().all()] == kept
        replies = await db.execute(select(outbox_rows.c.reply).order_by(outbox_rows.c.seq))
        assert [reply and reply["text"] for reply in replies.scalars().all()] == [None, "queued"]
        assert await sessions.by_id(db, over.id) is None
