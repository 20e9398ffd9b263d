"""A page to keep: every letter of every language is there, shaped and in the order it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from unicodedata import category

import pytest
import uharfbuzz
from fontTools.ttLib import TTFont

from bot.catalogues import path_of, read_catalogue
from bot.papers import FONTS, LATIN, SCRIPTS, Paper, drawn
from bot.settings import ROOT, known_languages

DAY = datetime(2026, 11, 23, tzinfo=UTC)
UNSEEN = {"Cc", "Cf", "Zs"}


@cache
def letters(name: str) -> frozenset[str]:
    with TTFont(FONTS / f"{name}.ttf") as font:
        return frozenset(map(chr, font.getBestCmap()))


@pytest.mark.parametrize("language", [one for one in known_languages() if one != "en"])
def test_there_is_a_letter_for_everything_we_say(language: str) -> None:
    catalogue = read_catalogue(path_of(ROOT / "locales", language))
    said = {letter for message in catalogue for letter in str(message.string)}
    seen = {letter for letter in said if category(letter) not in UNSEEN}
    fonts = [LATIN, *(LATIN + one for one in set(SCRIPTS.values()))]
    assert seen - frozenset().union(*map(letters, fonts)) == set()


def shaped(script: str, text: str) -> list[int]:
    """The glyphs of a text, as HarfBuzz chooses them."""
    font = uharfbuzz.Font(uharfbuzz.Face((FONTS / f"{LATIN}{script}.ttf").read_bytes()))
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    return [info.codepoint for info in buffer.glyph_infos]


@pytest.mark.parametrize(
    ("language", "together", "apart"),
    [("ar", "لا", "لـا"), ("ur", "لا", "لـا"), ("hi", "क्ष", "क\u200cष"), ("bn", "ক্ষ", "ক\u200cষ")],
)
def test_letters_that_belong_together_are_drawn_as_one(
    language: str, together: str, apart: str
) -> None:
    script = SCRIPTS[language]
    assert len(shaped(script, together)) < len(together)
    assert drawn(Paper(together, (), language, DAY)) != drawn(Paper(apart, (), language, DAY))


def glyphs(language: str, text: str) -> list[tuple[float, str]]:
    """What is drawn of a title, from left to right: where each piece begins, and its glyphs."""
    import re
    import zlib

    data = drawn(Paper(text, (), language, DAY))
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    pages = []
    for stream in streams:
        try:
            pages.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    page = next(page for page in pages if "BT" in page)
    return [(float(x), line) for x, line in re.findall(r"BT ([\d.]+) [\d.]+ Td (.*)", page)]


@pytest.mark.parametrize(("language", "text"), [("ar", "الخطة"), ("ur", "منصوبہ")])
def test_what_is_read_from_the_right_begins_at_the_right(language: str, text: str) -> None:
    ((right, _), *_) = glyphs(language, text)
    ((left, _), *_) = glyphs("en", "Plan")
    assert right > left + 50


def test_the_same_paper_is_the_same_file_and_another_is_not() -> None:
    paper = Paper("Plan", ("1. Iron",), "en", DAY)
    assert drawn(paper) == drawn(paper)
    assert drawn(paper).startswith(b"%PDF-")
    assert drawn(Paper("Plan", ("1. Wood",), "en", DAY)) != drawn(paper)


def test_a_long_paper_goes_on_on_the_next_page() -> None:
    long = Paper("Plan", tuple(f"{n}. Buy iron together" for n in range(60)), "en", DAY)
    assert drawn(long).count(b"/Type /Page\n") > 1
