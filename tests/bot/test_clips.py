"""Recorded questions: which clip goes with which question, to whom, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.catalogues import Catalogues, offered
from bot.channels.layout import lay_out
from bot.channels.sms import CAPS as SMS
from bot.channels.telegram_rendering import CAPS as TELEGRAM
from bot.clips import Clips
from bot.media import Keeper
from bot.messages import Reply
from bot.recordings import missing
from storage import media
from storage.database import Database
from tests.conversation.scene import house

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RECORDED, MADE = b"OggS recorded by Marta", b"OggS made by a machine"
CRAFT = Reply("What do you make?", audio="register.craft", language="es_HN")


def put(folder: Path, language: str, name: str, data: bytes) -> None:
    path = folder / language / "audio" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    put(tmp_path, "es", "register.craft.ogg", RECORDED)
    put(tmp_path, "es", "register.craft.draft.ogg", MADE)
    put(tmp_path, "es", "register.place.draft.ogg", MADE)
    put(tmp_path, "es", "register.need.ogg", b"no recording at all")
    return Clips.load(tmp_path, ("en", "es", "es_HN"))


def test_a_question_has_the_clip_of_its_language_or_of_the_one_it_varies(clips: Clips) -> None:
    spoken = clips.spoken(CRAFT, ())
    assert spoken.media is not None
    assert (spoken.media.kind, spoken.media.size) == ("voice", len(RECORDED))
    assert clips.spoken(replace(CRAFT, language="fr"), ()).media is None
    assert clips.spoken(replace(CRAFT, audio="register.need"), ()).media is None


def test_who_wants_no_recordings_gets_none(clips: Clips) -> None:
    assert clips.spoken(CRAFT, ("recordings",)).media is None


def test_drafts_are_heard_only_where_they_are_wanted(clips: Clips, tmp_path: Path) -> None:
    place = replace(CRAFT, audio="register.place")
    assert clips.spoken(place, ()).media is None
    drafts = Clips.load(tmp_path, ("es",), drafts=True)
    assert drafts.spoken(place, ()).media is not None
    recorded = drafts.find("es", "register.craft")
    assert recorded is not None
    assert not recorded.draft


def test_a_clip_goes_with_the_words_and_never_by_sms(clips: Clips) -> None:
    spoken = clips.spoken(CRAFT, ())
    assert [part.media is not None for part in lay_out(spoken, TELEGRAM)] == [True]
    (part,) = lay_out(spoken, SMS, link="https://chat.example/media/x")
    assert (part.text, part.media) == ("What do you make?", None)


async def test_clips_are_kept_once_where_every_channel_finds_them(
    clips: Clips, database: Database, tmp_path: Path
) -> None:
    keeper = Keeper(tmp_path / "media", "key")
    assert await clips.register(database, keeper, NOW) == 1
    assert await clips.register(database, keeper, NOW) == 0
    clip = clips.find("es", "register.craft")
    assert clip is not None
    async with database.read() as db:
        found = await media.by_id(db, clip.id)
    assert found is not None
    path = keeper.path(found.path)
    assert path is not None
    assert path.read_bytes() == RECORDED


def test_a_language_that_is_only_spoken_borrows_the_words_and_has_its_own_clips(
    tmp_path: Path,
) -> None:
    locales = Path(__file__).parents[2] / "locales"
    (tmp_path / "es").symlink_to(locales / "es")
    put(tmp_path, "es_miq", "register.craft.ogg", RECORDED)
    (tmp_path / "es_miq" / "language.toml").write_text('name = "Miskitu"\n')
    catalogues = Catalogues.load(tmp_path, ("es_miq", "es"))
    assert [one.name for one in catalogues.languages] == ["Miskitu", "Español"]
    assert catalogues.translate("es_miq")("answer.yes", "Yes") == "Sí"
    clips = Clips.load(tmp_path, ("es_miq", "es"))
    assert clips.spoken(replace(CRAFT, language="es_miq"), ()).media is not None
    assert clips.spoken(replace(CRAFT, language="es"), ()).media is None


@pytest.mark.parametrize("words", ['name = ""', "name = 3", "title = 'x'", f'name = "{"x" * 41}"'])
def test_a_language_that_does_not_say_its_name_is_named(words: str, tmp_path: Path) -> None:
    (tmp_path / "es_miq").mkdir()
    (tmp_path / "es_miq" / "language.toml").write_text(words)
    with pytest.raises(ValueError, match=r"language\.toml: name must be"):
        offered("es_miq", tmp_path)


def test_what_is_not_recorded_is_listed_with_what_is_to_be_said(tmp_path: Path) -> None:
    put(tmp_path, "es", "register.craft.ogg", RECORDED)
    put(tmp_path, "es", "register.place.draft.ogg", MADE)
    lines = list(missing(house().library, house().catalogues, tmp_path, ["es"]))
    assert lines[0].startswith("es: 1 of ")
    assert any(line.startswith("  es/audio/register.place.ogg (draft): ¿En qué") for line in lines)
    assert not any("register.craft" in line for line in lines)
