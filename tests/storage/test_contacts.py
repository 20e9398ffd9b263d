from __future__ import annotations

from datetime import timedelta

from storage import consents, contacts, hearings, urns
from storage.consents import Consent
from storage.database import Database
from tests.storage.conftest import NOW
from tests.storage.people import someone

ANA = "tel:+50499887766"
LATER = NOW + timedelta(hours=1)


async def test_who_was_met_is_known_by_their_address(database: Database) -> None:
    async with database.begin() as db:
        contact, urn = await someone(db, ANA, "Ana")
    async with database.begin() as db:
        assert await contacts.known(db, ANA, lock=True) == (contact, urn)
        assert await contacts.known(db, "tel:+1") is None
        assert urn.path == "+50499887766"


async def test_many_are_known_in_one_question(database: Database) -> None:
    async with database.begin() as db:
        for number in range(5):
            await someone(db, f"tel:{number}")
        found = await contacts.all_known(db, [f"tel:{n}" for n in range(10)], lock=True)
    assert sorted(found) == [f"tel:{n}" for n in range(5)]


async def test_a_contact_is_written_to_where_they_were_last_heard(database: Database) -> None:
    async with database.begin() as db:
        contact, first = await someone(db, ANA)
        second = await urns.link_new(db, contact.id, "whatsapp:+1", LATER, via="whatsapp")
        assert (await contacts.address(db, contact.id) or first).id == second.id
        await hearings.note(db, first.id, LATER + timedelta(hours=1), via="sms")
        assert (await contacts.address(db, contact.id) or second).id == first.id
        await urns.stop(db, first.id, LATER)
        assert (await contacts.address(db, contact.id) or first).id == second.id
        await urns.change(db, second.id, unreachable_at=LATER)
        assert await contacts.address(db, contact.id) is None
        await urns.start(db, first.id)
        assert (await contacts.address(db, contact.id) or second).id == first.id
        assert await contacts.may_be_imported(db, ANA)


async def test_a_shared_address_has_one_current_contact(database: Database) -> None:
    async with database.begin() as db:
        ana, urn = await someone(db, ANA, "Ana")
        marta, _ = await someone(db, "tel:+2", "Marta")
        await urns.link(db, urn.id, marta.id, LATER, why="shared")
        known = await contacts.known(db, ANA)
        assert known is not None
        assert (known[0].id, known[1].shared) == (marta.id, True)
        assert await contacts.sharing(db, urn.id) == [
            ((await contacts.by_ids(db, [ana.id]))[ana.id], False),
            ((await contacts.by_ids(db, [marta.id]))[marta.id], True),
        ]


async def test_linking_is_logged_and_can_be_undone_once(database: Database) -> None:
    async with database.begin() as db:
        ana, urn = await someone(db, ANA)
        marta, _ = await someone(db, "tel:+2")
        moved = await urns.link(db, urn.id, marta.id, LATER, why="moved")
        assert (moved.from_contact_id, moved.to_contact_id) == (ana.id, marta.id)
        assert await urns.undo(db, moved.id, LATER)
        assert not await urns.undo(db, moved.id, LATER)
        known = await contacts.known(db, ANA)
        assert known is not None
        assert known[0].id == ana.id
        log = await urns.linkings_of(db, urn.id)
        assert [(one.why, one.undone_at is None) for one in log] == [
            ("met", True),
            ("moved", False),
        ]


async def test_an_undo_that_comes_too_late_changes_nothing(database: Database) -> None:
    async with database.begin() as db:
        _, urn = await someone(db, ANA)
        marta, _ = await someone(db, "tel:+2")
        moved = await urns.link(db, urn.id, marta.id, LATER, why="moved")
        await urns.unlink(db, urn.id, LATER)
        assert not await urns.undo(db, moved.id, LATER)
        assert await contacts.known(db, ANA) is None


async def test_the_latest_word_on_consent_counts(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db, ANA)
        assert not await consents.given(db, contact.id, "keep")
        for minute, given in enumerate((True, False, True)):
            at = NOW + timedelta(minutes=minute)
            word = Consent(contact.id, "phone", "keep", "es:1", "asked", given, at)
            await consents.note(db, word)
            assert await consents.given(db, contact.id, "keep") is given
        assert not await consents.given(db, contact.id, "share")
        assert [word.given for word in await consents.of(db, contact.id)] == [True, False, True]


async def test_who_is_frozen_is_released(database: Database) -> None:
    async with database.begin() as db:
        contact, _ = await someone(db, ANA)
        await contacts.freeze(db, contact.id, NOW)
        await contacts.freeze(db, contact.id, LATER)
        frozen = await contacts.by_id(db, contact.id)
        assert frozen is not None
        assert frozen.frozen_at == NOW
        await contacts.release(db, contact.id)
        released = await contacts.by_id(db, contact.id)
        assert released is not None
        assert released.frozen_at is None
