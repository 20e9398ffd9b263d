"""What an SMS costs, by the tables of 3GPP TS 23.038."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.segments import BASIC, EXTENDED, LIKE, count, folded, is_gsm

# The default alphabet as the standard prints it, position by position; 0x1B is the escape.
STANDARD = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def test_the_alphabet_has_the_128_places_of_the_standard() -> None:
    assert len(STANDARD) == 128
    assert set(STANDARD) - {"\x1b"} == BASIC
    assert len(EXTENDED) == 10
    assert not EXTENDED & BASIC


@pytest.mark.parametrize(
    ("text", "characters", "segments", "encoding"),
    [
        ("", 0, 0, "GSM-7"),
        ("a" * 160, 160, 1, "GSM-7"),
        ("a" * 161, 161, 2, "GSM-7"),
        ("a" * 306, 306, 2, "GSM-7"),
        ("a" * 307, 307, 3, "GSM-7"),
        ("€" * 80, 160, 1, "GSM-7"),
        ("€" * 81, 162, 2, "GSM-7"),
        ("a" * 152 + "€" + "a" * 152, 306, 3, "GSM-7"),  # an escape is not parted from its sign
        ("á" * 70, 70, 1, "UCS-2"),
        ("á" * 71, 71, 2, "UCS-2"),
        ("á" * 134, 134, 2, "UCS-2"),
        ("á" * 135, 135, 3, "UCS-2"),
        ("😀" * 35, 70, 1, "UCS-2"),
        ("😀" * 36, 72, 2, "UCS-2"),
        ("á" * 66 + "😀" + "á" * 66, 134, 3, "UCS-2"),  # nor is a character cut in two
        ("नमस्ते", 6, 1, "UCS-2"),
    ],
)
def test_a_text_costs(text: str, characters: int, segments: int, encoding: str) -> None:
    counted = count(text)
    assert (counted.characters, counted.segments, counted.encoding) == (
        characters,
        segments,
        encoding,
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("¿Qué hace usted? Añada «tejidos»…", '¿Qué hace usted? Añada "tejidos"...'),
        ("Buenos días, número único", "Buenos dias, numero unico"),
        ("Ça va ? Vous êtes prêt’e", "Ça va ? Vous etes pret'e"),
        ("Ɗan ƙasa", "Dan kasa"),
        ("e\u0301xito", "éxito"),  # composed first: é is in the alphabet
        ("non\u202fbreaking\u00a0space", "non breaking space"),
    ],
)
def test_latin_letters_outside_the_alphabet_are_folded(text: str, plain: str) -> None:
    assert folded(text) == plain


@pytest.mark.parametrize("text", ["مرحبا", "नमस्ते", "ሰላም", "hola 😀 número", "Ελληνικά άλφα"])
def test_no_other_script_is_spelled_in_latin_letters(text: str) -> None:
    assert folded(text) == text


@given(st.text())
def test_folding_never_costs_more_and_never_loses_a_letter(text: str) -> None:
    plain = folded(text)
    assert count(plain).segments <= count(text).segments or len(plain) > len(text)
    assert folded(plain) == plain
    if plain != text:
        assert is_gsm(plain)


@given(st.text(alphabet=sorted(BASIC | EXTENDED)))
def test_what_is_in_the_alphabet_stays_as_it_is(text: str) -> None:
    assert folded(text) == text


def test_every_stand_in_is_in_the_alphabet() -> None:
    assert {letter: like for letter, like in LIKE.items() if not is_gsm(like)} == {}
