import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.records import Enterprise
from matching.terms import compare, profile
from matching.vocabulary import HERE, ORDER, key, standard, things
from matching.vocabulary.spelling import folded

VOCABULARY = standard()


@pytest.mark.parametrize("language", VOCABULARY.words)
def test_every_language_has_a_word_for_every_thing_and_no_other(language: str) -> None:
    words = tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))
    assert set(words) == set(VOCABULARY.known)
    assert all(name.strip() for names in words.values() for name in names.split(","))


@pytest.mark.parametrize("language", VOCABULARY.words)
def test_every_word_of_a_language_means_its_thing_there(language: str) -> None:
    """A word that stands at two things means the first; that is to be rare."""
    words = VOCABULARY.words[language]
    wrong = [
        (thing, name)
        for thing, names in words.items()
        for name in names
        if VOCABULARY.key(name, language) != thing
    ]
    assert len(wrong) <= 0.03 * sum(map(len, words.values())), wrong


def test_all_fifteen_languages_have_words() -> None:
    assert set(VOCABULARY.words) == set(ORDER)


def test_what_is_wider_is_a_thing_itself() -> None:
    assert {t.wider for t in VOCABULARY.known.values() if t.wider} <= set(VOCABULARY.known)


@pytest.mark.parametrize(
    ("words", "language", "meant"),
    [
        ("rebozos y mantas de lana", "es", ["shawls", "blankets", "wool"]),
        ("Dos TELARES y una maquina de coser", "es", ["loom", "sewing_machine"]),
        ("hamackas", "es", ["hammocks"]),
        ("vikapu vya mkonge, kamba", "sw", ["baskets", "sisal", "rope"]),
        ("panye ak chapo", "ht", ["baskets", "hats"]),
        ("takalma da jakunkuna", "ha", ["shoes", "bags"]),
        ("a wider loom", "en", ["loom"]),
        ("couture, broderie", "fr", ["sewing", "embroidery"]),
        ("redes de pesca e cestos", "pt", ["nets", "baskets"]),
        ("mesin jahit dan obras", "id", ["sewing_machine", "overlock_machine"]),
        ("aso, ileke", "yo", ["cloth", "beads"]),
        ("harqaan iyo dun", "so", ["sewing_machine", "yarn"]),
        ("ቡና እና ቅርጫቶች", "am", ["coffee", "baskets"]),
        ("السجاد، سلال", "ar", ["carpets", "baskets"]),
        ("टोकरियाँ और रस्सी", "hi", ["baskets", "rope"]),
        ("ঝুড়ি, দড়ি ও সেলাই মেশিন", "bn", ["baskets", "rope", "sewing_machine"]),
        ("کھڈیاں اور سلائی مشین", "ur", ["loom", "sewing_machine"]),
    ],
)
def test_things_are_found_in_peoples_own_words(words: str, language: str, meant: list[str]) -> None:
    assert [thing.id for thing in things(words, language)] == meant


def test_what_nobody_knows_is_given_back_to_be_asked_about() -> None:
    heard = VOCABULARY.heard("hamacas, quetzalpapalotes de tela", "es")
    assert [thing.id for thing in heard.things] == ["hammocks", "cloth"]
    assert heard.unknown == ("quetzalpapalotes",)


def test_a_word_that_was_learned_is_known_from_then_on() -> None:
    grown = VOCABULARY.grown([("es", "chinchorra", "hammocks"), ("es", "x", "no such thing")])
    assert [thing.id for thing in grown.things("Chinchorras", "es")] == ["hammocks"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cotton  Yarn", "cotton yarns"),
        ("hammock", "Hamaca"),
        ("hamock", "hammocks"),
        ("máquina de coser", "sewing machine"),
        ("unheard-of thing", "Unheard of things"),
    ],
)
def test_no_match_hangs_on_spelling(one: str, other: str) -> None:
    assert key(one) == key(other)
    buyer = profile(Enterprise("a", buys=frozenset({one})))
    seller = profile(Enterprise("b", sells=frozenset({other})))
    assert compare(buyer, seller).vertical == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("table saw", "tables"),
        ("yarn stock", "yarn"),
        ("product_12", "product_13"),
        ("p17", "p18"),
        ("cotton yarn", "cotton"),
    ],
)
def test_words_for_other_things_stay_apart(one: str, other: str) -> None:
    assert key(one) != key(other)


@given(st.text(max_size=60), st.sampled_from([None, "es", "sw", "xx"]))
def test_whatever_is_written_is_heard_without_complaint(text: str, language: str | None) -> None:
    VOCABULARY.heard(text, language)
    assert VOCABULARY.key(text, language) == VOCABULARY.key(text.upper().lower(), language) or any(
        letter.upper().lower() != letter.lower() for letter in text
    )
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("text", "language", "made"),
    [
        ("zapatos de cuero", "es", ["shoes"]),
        ("hamacas de hilo y redes", "es", ["hammocks", "nets"]),
        ("silver earrings", "en", ["earrings"]),
        ("shoes of leather", "en", ["shoes"]),
        ("teñido de hilo", "es", ["dyeing"]),
        ("tela de telar", "es", ["cloth"]),
        ("viatu vya ngozi", "sw", ["shoes"]),
        ("lápidas de piedra", "es", []),
        ("hilo de colores, cuero", "es", ["yarn", "leather"]),
        ("mecedoras de madera y mimbre", "es", ["chairs"]),
        ("tambores de madera y cuero, flautas", "es", ["drums"]),
    ],
)
def test_what_a_thing_is_made_of_is_not_what_is_made(
    text: str, language: str, made: list[str]
) -> None:
    assert [thing.id for thing in VOCABULARY.made(text, language)] == made


@pytest.mark.parametrize(
    ("said", "language", "made"),
    [
        ("metates", "es", ()),
        ("mecate", "es", ("rope",)),
        ("jewellery from seeds", "en", ("jewellery",)),
        ("joyas de semillas", "es", ("jewellery",)),
        ("bijoux en graines", "fr", ("jewellery",)),
        ("vito vya mbegu", "sw", ("jewellery",)),
    ],
)
def test_a_short_word_with_another_letter_is_another_word_and_what_is_made_is_no_material(
    said: str, language: str, made: tuple[str, ...]
) -> None:
    assert tuple(thing.id for thing in standard().made(said, language)) == made
