from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from matching.partners import partners
from storage import (
    blocks,
    candidates,
    contacts,
    enterprises,
    events,
    matches,
    needs,
    providers,
    urns,
)
from storage.database import Database
from storage.providers import Service
from tests.storage.conftest import NOW
from tests.storage.people import an_artisan, someone

TODAY = NOW.date()
DAY = timedelta(days=1)


async def test_an_enterprise_is_kept_and_changed_its_pin_rounded(database: Database) -> None:
    async with database.begin() as db:
        contact, _, made = await an_artisan(
            db, lat=14.081723, lon=-87.206834, profile={"idle": "half"}, since=2014, workers=3
        )
        assert (made.lat, made.lon) == (14.08, -87.21)
        assert await enterprises.of_contact(db, contact.id) == made
        await enterprises.change(db, made.id, NOW + DAY, workers=4, lat=14.123456)
        changed = await enterprises.by_id(db, made.id)
        assert changed is not None
        assert (changed.workers, changed.lat, changed.changed_at) == (4, 14.12, NOW + DAY)
        assert await enterprises.speaker(db, made.id) == contact.id


async def test_a_second_registration_is_the_one_a_contact_speaks_for(database: Database) -> None:
    async with database.begin() as db:
        contact, _, first = await an_artisan(db)
        second = await enterprises.register(db, contact.id, NOW + DAY, craft="pottery")
        assert (await enterprises.of_contact(db, contact.id) or first).id == second.id


async def test_matching_knows_no_name_and_no_number(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:+50499887766", "Ana", products="hamacas de Ana")
        await needs.add(db, ana.id, "training", NOW, words="Ana quiere aprender")
        record = await candidates.record(db, ana.id, TODAY)
    assert "Ana" not in repr(record).replace("Ángeles", "")
    assert "50499887766" not in repr(record)


async def test_a_record_carries_what_matching_needs(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1", since=2020, workers=3)
        _, _, ben = await an_artisan(db, "tel:2")
        _, _, eva = await an_artisan(db, "tel:3")
        await needs.add(db, ana.id, "training", NOW)
        met = await needs.add(db, ana.id, "inputs", NOW, topic="yarn")
        await needs.change(db, met.id, "met", NOW)
        await blocks.block(db, ana.id, ben.id, NOW)
        await blocks.know(db, ana.id, eva.id, NOW)
        record = await candidates.record(db, ana.id, TODAY)
        assert await blocks.between(db, ben.id, ana.id)
        assert not await blocks.between(db, ben.id, eva.id)
        assert await blocks.known_to(db, eva.id) == [ana.id]
    assert record is not None
    assert record.crafts == ("1312",)
    assert [str(need) for need in record.needs] == ["training"]
    assert (record.years, record.workers, set(record.languages)) == (6.0, 3, {"es"})
    assert (set(record.blocks), set(record.knows)) == ({str(ben.id)}, {str(eva.id)})


NEAR: dict[str, dict[str, Any]] = {
    "next door": {},
    "far": {"lat": 4.0, "lon": -74.0, "country": "CO", "region": "CO-DC"},
    "same region, no pin": {"lat": None, "lon": None},
    "same country, no pin": {"lat": None, "lon": None, "region": "HN-CM"},
    "abroad, no pin": {"lat": None, "lon": None, "country": "NI", "region": "NI-MS"},
    "unwilling": {"willing": "no"},
    "has not said": {"willing": None},
    "only known": {"willing": "known"},
}


async def test_only_who_might_be_suggested_is_near(database: Database) -> None:
    async with database.begin() as db:
        _, _, me = await an_artisan(db, "tel:me")
        names: dict[str, str] = {}
        for name, columns in NEAR.items():
            _, _, other = await an_artisan(db, f"tel:{name}", **columns)
            names[str(other.id)] = name
        found = [names[other.id] for other in await candidates.near(db, me.id, TODAY)]
        assert len(await candidates.everyone(db, TODAY)) == len(NEAR) + 1
    assert sorted(found) == [
        "next door",
        "only known",
        "same country, no pin",
        "same region, no pin",
    ]


@pytest.mark.parametrize("how", ["stopped", "unreachable", "frozen", "unlinked"])
async def test_who_cannot_be_written_to_is_not_suggested(database: Database, how: str) -> None:
    async with database.begin() as db:
        _, _, me = await an_artisan(db, "tel:me")
        other, urn, _ = await an_artisan(db, "tel:other")
        assert len(await candidates.near(db, me.id, TODAY)) == 1
        if how == "stopped":
            await urns.stop(db, urn.id, NOW)
        elif how == "unreachable":
            await urns.change(db, urn.id, unreachable_at=NOW)
        elif how == "frozen":
            await contacts.freeze(db, other.id, NOW)
        else:
            await urns.unlink(db, urn.id, NOW)
        assert await candidates.near(db, me.id, TODAY) == ()


async def test_matching_works_with_what_is_kept(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1")
        _, _, ben = await an_artisan(db, "tel:2")
        me = await candidates.record(db, ana.id, TODAY)
        assert me is not None
        others = await candidates.near(db, ana.id, TODAY)
        (suggestion,) = partners(me, others, await events.past(db, ana.id), TODAY)
        assert suggestion.to == str(ben.id)
        shown = matches.Match(ana.id, "partner", ben.id, 1, suggestion.score, suggestion.reasons)
        await matches.put(db, [shown], NOW)
        assert await matches.latest(db, ana.id, "partner") == (shown,)
        await events.put(
            db, [events.New("declined", ben.pseudonym, ana.pseudonym, {"reason": "busy"})], NOW
        )
        past = await events.past(db, ana.id)
        assert [(e.kind, e.from_, e.to, e.reason) for e in past] == [
            ("declined", str(ben.id), str(ana.id), "busy")
        ]
        assert partners(me, others, past, TODAY) == ()


async def test_only_checked_providers_are_suggested(database: Database) -> None:
    async with database.begin() as db:
        coordinator, _ = await someone(db)
        services = [Service("training", "costing", ("weaving",), 150_050, "HNL", 5, 20)]
        made: dict[str, UUID] = {}
        for name in ("checked", "unchecked", "run out", "hidden"):
            made[name] = await providers.add(db, name, NOW, services, languages=["es"])
        for name in ("checked", "run out", "hidden"):
            until = NOW + DAY * (2 if name == "run out" else 300)
            await providers.check(db, made[name], coordinator.id, "visited", NOW, until)
        await providers.hide(db, made["hidden"], NOW)
        (only,) = await providers.records_of(db, TODAY + 3 * DAY)
        assert only.id == str(made["checked"])
        assert (only.services[0].price, only.services[0].crafts) == (1500.50, ("1312",))
        assert len(await providers.listed(db)) == 4
        assert await providers.listed(db, category="finance") == []


async def test_a_check_holds_a_year_at_most(database: Database) -> None:
    async with database.begin() as db:
        made = await providers.add(db, "Centro", NOW)
        await providers.check(db, made, UUID(int=1), "visited", NOW, NOW + DAY * 4000)
        kept = await providers.by_id(db, made)
    assert kept is not None
    assert kept.checked_until is not None
    assert kept.checked_until - NOW <= DAY * 366


async def test_answers_in_own_words_reach_matching_as_things(database: Database) -> None:
    said = {"inputs": "hilo de algodón y tintes", "machines": "dos telares, una maquina de cocer"}
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1", products="hamakas y rebozos", profile=said)
        record = await candidates.record(db, ana.id, TODAY)
    assert record is not None
    assert record.sells == {"hammocks", "shawls"}
    assert record.buys == {"cotton_yarn", "dye"}
    assert record.has == {"loom", "sewing_machine"}
