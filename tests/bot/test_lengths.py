"""What `artisan messages` and `artisan doctor` say of the catalogues."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.catalogues import is_reviewed, path_of
from bot.lengths import told
from bot.settings import known_languages
from tests.conversation.scene import ROOT, house

LOCALES = ROOT / "locales"


def test_the_longest_message_of_each_language_is_told_for_each_channel() -> None:
    lines = list(told(ROOT, house(("en", "sw"))))
    english, swahili = lines[-2:]
    assert english.startswith("en: longest message telegram ")
    assert "whatsapp" in english and "sms" in english and "segments" in english
    assert "native" not in english
    assert swahili.endswith("read by no native speaker yet.")


@pytest.mark.parametrize("language", [one for one in known_languages() if one != "en"])
def test_a_catalogue_says_in_its_head_whether_a_native_speaker_read_it(
    language: str, tmp_path: Path
) -> None:
    assert not is_reviewed(LOCALES, language)
    copy = path_of(tmp_path, language)
    copy.parent.mkdir(parents=True)
    text = path_of(LOCALES, language).read_text(encoding="utf-8")
    copy.write_text(text.replace("Last-Translator: unreviewed", "Last-Translator: Asha Juma"))
    assert is_reviewed(tmp_path, language)


def test_a_variant_is_as_reviewed_as_its_parent(tmp_path: Path) -> None:
    path = path_of(tmp_path, "es")
    path.parent.mkdir(parents=True)
    shutil.copy(path_of(LOCALES, "es"), path)
    assert not is_reviewed(tmp_path, "es_HN")
    assert is_reviewed(tmp_path, "en")
    assert not is_reviewed(tmp_path, "xx")
