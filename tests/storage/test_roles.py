from __future__ import annotations

from datetime import timedelta

import pytest

from storage import alerts, introductions, invitations, roles, tasks, where
from storage.areas import Area
from storage.database import Database
from tests.storage.conftest import NOW
from tests.storage.people import an_artisan, someone

HOUR = timedelta(hours=1)


async def test_a_code_gives_a_role_once_however_it_is_typed(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db, "tel:+1")
        await invitations.make(db, "AB3D-9XYZ", "broker", NOW, agency="IHCIT", area=["HN-FM"])
        role = await invitations.redeem(db, "ab3d 9xyz", contact.id, "tel:+1", NOW)
        assert role is not None
        assert (role.role, role.agency, role.area) == ("broker", "IHCIT", ("HN-FM",))
        assert await roles.of(db, contact.id) == (role,)
        assert await invitations.redeem(db, "AB3D-9XYZ", contact.id, "tel:+1", NOW) is None


async def test_a_code_for_another_address_or_too_late_gives_nothing(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db, "tel:+1")
        await invitations.make(db, "forother", "broker", NOW, for_urn="tel:+2")
        await invitations.make(db, "late", "broker", NOW - invitations.LASTS)
        assert await invitations.redeem(db, "forother", contact.id, "tel:+1", NOW) is None
        assert await invitations.redeem(db, "late", contact.id, "tel:+1", NOW) is None
        assert await invitations.redeem(db, "forother", contact.id, "tel:+2", NOW) is not None


async def test_after_five_wrong_codes_in_an_hour_no_code_is_looked_at(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db, "tel:+1")
        await invitations.make(db, "right", "broker", NOW)
        for number in range(invitations.MOST_GUESSES):
            assert await invitations.redeem(db, f"no{number}", contact.id, "tel:+1", NOW) is None
        assert await invitations.redeem(db, "right", contact.id, "tel:+1", NOW) is None
        later = NOW + HOUR
        assert await invitations.redeem(db, "right", contact.id, "tel:+1", later) is not None


async def test_revoking_an_invitation_ends_the_role_at_once(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db, "tel:+1")
        made = await invitations.make(db, "code", "coordinator", NOW)
        assert [one.id for one in await invitations.open_ones(db, NOW)] == [made.id]
        await invitations.redeem(db, "code", contact.id, "tel:+1", NOW)
        assert await invitations.revoke_code(db, "code", NOW)
        assert not await invitations.revoke(db, made.id, NOW)
        assert await roles.of(db, contact.id) == ()


@pytest.mark.parametrize(
    ("country", "region", "who"),
    [
        ("HN", "HN-FM", ["broker of HN-FM"]),
        ("HN", "HN-CM", ["coordinator"]),
        ("NI", "NI-MS", ["broker of NI"]),
        ("HN", None, ["coordinator"]),
        (None, None, ["coordinator"]),
    ],
)
async def test_a_place_is_its_brokers_and_an_unclaimed_one_the_coordinators(
    database: Database, country: str | None, region: str | None, who: list[str]
) -> None:
    async with database.begin() as db:
        names = {}
        for name, role, area in (
            ("broker of HN-FM", "broker", ["HN-FM"]),
            ("broker of NI", "broker", ["NI"]),
            ("coordinator", "coordinator", []),
        ):
            contact, _ = await someone(db, f"tel:{name}")
            names[contact.id] = name
            await roles.grant(db, contact.id, role, NOW, area=area)
        found = await roles.responsible(db, country, region)
        assert [names[role.contact_id] for role in found] == who
        areas = {
            names[role.contact_id]: await roles.area_of(db, role)
            for role in await roles.holders(db, "broker", "coordinator")
        }
        assert [name for name, area in areas.items() if area.holds(country, region)] == who
        person, _ = await someone(db, "tel:person")
        kept = await tasks.add(
            db, "help", person.id, NOW, NOW + HOUR, country=country, region=region
        )
        queues = [name for name, a in areas.items() if kept in await tasks.queue(db, a, NOW)]
        assert queues == who


async def test_the_broker_with_less_to_carry_comes_first(database: Database) -> None:
    async with database.begin() as db:
        busy, _ = await someone(db, "tel:1")
        free, _ = await someone(db, "tel:2")
        for contact in (busy, free):
            await roles.grant(db, contact.id, "broker", NOW)
        made = await tasks.add(db, "help", free.id, NOW, NOW, holder_id=busy.id)
        await alerts.put(db, "help", made.id, NOW, holder_id=busy.id)
        found = await roles.responsible(db, "HN", "HN-FM")
        assert [role.contact_id for role in found] == [free.id, busy.id]


async def test_a_queue_shows_what_is_there_what_was_handed_over_and_nothing_snoozed(
    database: Database,
) -> None:
    async with database.begin() as db:
        broker, _ = await someone(db, "tel:broker", "Rosa")
        other, _ = await someone(db, "tel:other", "Luis")
        _, _, ana = await an_artisan(db, "tel:1", "Ana")
        _, _, ben = await an_artisan(db, "tel:2", "Ben", region="HN-CM")
        _, _, eva = await an_artisan(db, "tel:3", "Eva")
        here = await introductions.propose(db, ana.id, ben.id, NOW)
        elsewhere = await introductions.propose(db, ben.id, eva.id, NOW)
        assert here is not None
        assert elsewhere is not None
        area = Area(("HN-FM",))
        assert await introductions.queue(db, area, NOW, broker.id) == [here]
        await introductions.change(db, elsewhere.id, NOW, broker_id=broker.id)
        both = [one.id for one in await introductions.queue(db, area, NOW, broker.id)]
        assert both == [here.id, elsewhere.id]
        await introductions.change(db, here.id, NOW, snoozed_until=NOW + HOUR)
        await introductions.change(db, elsewhere.id, NOW, broker_id=other.id)
        assert await introductions.queue(db, area, NOW, broker.id) == []
        assert len(await introductions.queue(db, area, NOW + HOUR, broker.id)) == 1


async def test_two_are_asked_once_whoever_asks(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1", "Ana")
        _, _, ben = await an_artisan(db, "tel:2", "Ben")
        first = await introductions.propose(db, ana.id, ben.id, NOW, lapses_at=NOW + HOUR)
        assert first is not None
        assert await introductions.propose(db, ben.id, ana.id, NOW) is None
        assert await introductions.lapsing(db, NOW) == []
        assert await introductions.lapsing(db, NOW + HOUR) == [first]
        await introductions.change(db, first.id, NOW, state="lapsed")
        second = await introductions.propose(db, ben.id, ana.id, NOW)
        assert second is not None
        await introductions.change(db, second.id, NOW, state="connected")
        assert await introductions.propose(db, ana.id, ben.id, NOW) is None
        assert await introductions.connected_to(db, ana.id) == [ben.id]


async def test_where_shows_everything_asked_for_and_who_holds_it_since_when(
    database: Database,
) -> None:
    async with database.begin() as db:
        broker, _ = await someone(db, "tel:broker", "Rosa")
        ana, _, hers = await an_artisan(db, "tel:1", "Ana")
        ben, _, his = await an_artisan(db, "tel:2", "Ben")
        await introductions.propose(db, hers.id, his.id, NOW, broker_id=broker.id)
        task = await tasks.add(db, "help", ana.id, NOW - HOUR, NOW + HOUR)
        shown = await where.everything(db, ana.id)
        assert [(one.kind, one.about, one.holder, one.since) for one in shown] == [
            ("task", "help", None, NOW - HOUR),
            ("introduction", "proposed", "Rosa", NOW),
        ]
        assert await where.everything(db, ben.id) == []
        assert await tasks.done(db, task.id, NOW)
        assert not await tasks.done(db, task.id, NOW)
        assert [one.kind for one in await where.everything(db, ana.id)] == ["introduction"]
