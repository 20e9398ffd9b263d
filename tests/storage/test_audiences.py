from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage import audiences, broadcasts, contacts, ids, outbox, roles, sends, urns
from storage.audiences import Audience
from storage.database import Database
from storage.outbox import Outgoing
from tests.storage.conftest import NOW
from tests.storage.people import agree, an_artisan, someone

PEOPLE: dict[str, dict[str, Any]] = {
    "Ana": {"craft": "weaving", "region": "HN-FM"},
    "Ben": {"craft": "pottery", "region": "HN-CM"},
    "Eva": {"craft": "weaving", "region": "NI-MS", "country": "NI"},
}
LANGUAGES = {"Ana": "es", "Ben": "es", "Eva": "fr"}


async def filled(db: Any) -> dict[Any, str]:
    names = {}
    for name, columns in PEOPLE.items():
        contact, _, _ = await an_artisan(db, f"tel:{name}", name, **columns)
        await contacts.change(db, contact.id, language=LANGUAGES[name])
        names[contact.id] = name
    broker, _ = await someone(db, "tel:Rosa", "Rosa")
    await contacts.change(db, broker.id, language="en")
    await agree(db, broker)
    await roles.grant(db, broker.id, "broker", NOW)
    names[broker.id] = "Rosa"
    return names


@pytest.mark.parametrize(
    ("audience", "who"),
    [
        (Audience(), ["Ana", "Ben", "Eva", "Rosa"]),
        (Audience(crafts=("weaving",)), ["Ana", "Eva"]),
        (Audience(regions=("HN-FM", "NI")), ["Ana", "Eva"]),
        (Audience(languages=("es", "en")), ["Ana", "Ben", "Rosa"]),
        (Audience(roles=("artisan",)), ["Ana", "Ben", "Eva"]),
        (Audience(roles=("broker", "provider")), ["Rosa"]),
        (Audience(crafts=("weaving",), languages=("fr",)), ["Eva"]),
        (Audience(crafts=("soap",)), []),
    ],
)
async def test_an_audience_is_who_fits_all_that_is_given(
    database: Database, audience: Audience, who: list[str]
) -> None:
    async with database.begin() as db:
        names = await filled(db)
        found = await audiences.reached(db, audience, "keep", NOW)
    assert sorted(names[one.contact_id] for one in found) == who
    assert Audience.read(audience.kept()) == audience


@pytest.mark.parametrize(
    "why", ["stopped", "frozen", "away", "fewer", "unreachable", "no consent", "erased"]
)
async def test_who_must_not_be_written_to_is_not_reached(database: Database, why: str) -> None:
    async with database.begin() as db:
        contact, urn = await someone(db)
        if why != "no consent":
            await agree(db, contact)
            assert len(await audiences.reached(db, Audience(), "keep", NOW)) == 1
        changes: dict[str, dict[str, Any]] = {
            "frozen": {"frozen_at": NOW},
            "away": {"away_until": NOW + timedelta(days=1)},
            "fewer": {"wants": ("announcements",)},
            "erased": {"erased_at": NOW},
        }
        if why == "stopped":
            await urns.stop(db, urn.id, NOW)
        if why == "unreachable":
            await urns.change(db, urn.id, unreachable_at=NOW)
        if why in changes:
            await contacts.change(db, contact.id, **changes[why])
        assert await audiences.reached(db, Audience(), "keep", NOW) == []


async def test_a_person_with_two_addresses_is_reached_once_where_last_heard(
    database: Database,
) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db)
        await agree(db, contact)
        later = NOW + timedelta(hours=1)
        second = await urns.link_new(db, contact.id, "whatsapp:+1", later, via="whatsapp")
        (only,) = await audiences.reached(db, Audience(), "keep", later)
        assert (only.urn_id, only.channel) == (second.id, "whatsapp")


async def test_counts_come_by_language_and_choices_by_frequency(database: Database) -> None:
    async with database.begin() as db:
        await filled(db)
        counts = await audiences.languages_reached(db, Audience(), "keep", NOW)
        assert counts == {"es": 2, "fr": 1, "en": 1}
        assert await audiences.crafts_with_people(db) == ["weaving", "pottery"]
        assert await audiences.regions_with_people(db) == ["HN-CM", "HN-FM", "NI-MS"]
        assert await audiences.languages_with_people(db) == ["es", "en", "fr"]


async def test_a_report_says_what_became_of_each_message(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db)
        call = await broadcasts.draft(db, contact.id, {}, NOW)
        await broadcasts.add_text(db, call.id, "es", "Feria el sábado")
        assert await broadcasts.begin(db, call.id, 4)
        assert not await broadcasts.begin(db, call.id, 4)
        for name in ("a", "b", "c", "d"):
            _, urn = await someone(db, f"tel:{name}")
            words = Outgoing(
                ids.new(NOW),
                None,
                urn.id,
                "phone",
                2,
                "announcement",
                {"text": "x"},
                NOW,
                broadcast_id=call.id,
            )
            await outbox.put(db, [words])
        assert await broadcasts.finish(db, NOW) == []
        results = ("sent", "failed", "uncertain")
        begun = await sends.begin(db, await outbox.claim(db, NOW, 3), NOW)
        for attempt, result in zip(begun, results, strict=True):
            await sends.settle(db, attempt, NOW, result=result, state=result)
        await outbox.drop_broadcast(db, call.id, "stopped")
        (done,) = await broadcasts.finish(db, NOW)
        assert (done.id, done.texts, done.state) == (call.id, {"es": "Feria el sábado"}, "done")
        report = await broadcasts.report(db, call.id)
    assert (report.reach, report.sent, report.unreported, report.failed) == (4, 1, 1, 1)
    assert (report.uncertain, report.dropped, report.queued) == (1, 1, 0)
