"""Tables in, rows out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from matching import jsonl
from storage import events, exporting, importing, introductions, needs, providers
from storage.database import Database
from storage.importing import ImportFailed
from tests.storage.conftest import NOW
from tests.storage.people import an_artisan

TODAY = NOW.date()
ROW: dict[str, Any] = {
    "name": "Centro Textil",
    "country": "HN",
    "place": "Comayagua",
    "languages": "es; en",
    "category": "training",
    "topic": "costing",
    "crafts": "weaving, garments",
    "price": "1500.50",
    "currency": "HNL",
    "checked_how": "visited",
    "checked_at": "2026-01-10",
    "checked_until": "2026-12-31",
}


async def test_rows_of_one_provider_are_its_services(database: Database) -> None:
    async with database.begin() as db:
        second = {**ROW, "category": "technology", "crafts": None, "price": "", "currency": ""}
        done = await importing.import_providers(db, [ROW, {}, second], NOW)
        assert (done.new, done.changed) == (1, 0)
        (kept,) = await providers.listed(db)
    assert [(s.category, s.crafts, s.price) for s in kept.services] == [
        ("training", ("weaving", "garments"), 150_050),
        ("technology", (), None),
    ]
    assert kept.languages == ("es", "en")
    assert kept.checked_by == importing.NOBODY


async def test_importing_the_same_file_again_changes_and_doubles_nothing(
    database: Database,
) -> None:
    async with database.begin() as db:
        await importing.import_providers(db, [ROW], NOW)
        done = await importing.import_providers(db, [{**ROW, "agency": "IHCIT"}], NOW)
        assert (done.new, done.changed) == (0, 1)
        (kept,) = await providers.listed(db)
        assert (kept.agency, len(kept.services)) == ("IHCIT", 1)


async def test_every_mistake_of_every_row_is_named_and_nothing_is_kept(
    database: Database,
) -> None:
    rows = [
        ROW,
        {**ROW, "name": "", "category": "magic", "price": "much"},
        {**ROW, "name": "X", "country": "Honduras", "crafts": "weaving, magic", "lat": "95"},
        {**ROW, "name": "Y", "checked_until": "", "group_min": "9", "group_max": "3"},
        {**ROW, "agency": "another one"},
    ]
    async with database.begin() as db:
        with pytest.raises(ImportFailed) as failed:
            await importing.import_providers(db, rows, NOW)
        assert await providers.listed(db) == []
    named = {(wrong.row, wrong.column) for wrong in failed.value.wrong}
    assert named >= {
        (2, "name"),
        (2, "category"),
        (2, "price"),
        (3, "country"),
        (3, "crafts"),
        (3, "lat"),
        (4, "checked_until"),
        (4, "group_min"),
        (5, "agency"),
    }
    assert "row 3, country: must be a code like HN, not 'Honduras'" in str(failed.value)


def test_an_unknown_column_is_a_mistake() -> None:
    with pytest.raises(ImportFailed, match="row 1, nmae"):
        importing.read([{**ROW, "nmae": "x"}])


def test_numbers_and_days_of_a_spreadsheet_are_read_as_such() -> None:
    (wanted,) = importing.read([{**ROW, "month_capacity": 40.0, "checked_at": NOW}])
    assert wanted.columns["month_capacity"] == 40
    assert wanted.columns["checked_at"].date() == TODAY


async def exported(database: Database, kind: str, names: bool) -> list[exporting.Row]:
    async with database.read() as db:
        return [row async for row in exporting.KINDS[kind](db, TODAY, names)]


@pytest.mark.parametrize("names", [False, True])
async def test_names_are_exported_only_where_asked_for_and_numbers_never(
    database: Database, names: bool
) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:+50499887766", "Filomena", products="hamacas")
        _, _, ben = await an_artisan(db, "tel:+50488776655", "Ben")
        await needs.add(db, ana.id, "training", NOW, words="dice Filomena")
        await introductions.propose(db, ana.id, ben.id, NOW)
        await events.put(db, [events.New("asked", ana.pseudonym, ben.pseudonym, {})], NOW)
        await importing.import_providers(db, [{**ROW, "phone": "+504 2211 3344"}], NOW)
    everything = ""
    for kind in exporting.KINDS:
        rows = await exported(database, kind, names)
        assert rows, kind
        everything += "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    assert ("Filomena" in everything) is names
    for number in ("50499887766", "50488776655", "2211 3344"):
        assert number not in everything


async def test_what_is_exported_is_what_matching_reads(database: Database) -> None:
    async with database.begin() as db:
        _, _, ana = await an_artisan(db, "tel:1", since=2020)
        _, _, ben = await an_artisan(db, "tel:2")
        await events.put(db, [events.New("asked", ana.pseudonym, ben.pseudonym, {})], NOW)
        await importing.import_providers(db, [ROW], NOW)
    lines = [
        json.dumps(row)
        for kind in ("enterprises", "providers", "events")
        for row in await exported(database, kind, False)
    ]
    read = jsonl.read(lines).records
    assert [type(record).__name__ for record in read] == [
        "Enterprise",
        "Enterprise",
        "Provider",
        "Event",
    ]
