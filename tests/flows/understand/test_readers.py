"""What holds for every reader, whatever people send."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.reading import KINDS
from flows.model import Date, Picking, Question, Text, YesNo
from flows.understand import dates, keywords, numbers, opening, read, tables
from flows.understand.choices import pick
from flows.understand.multi import read as read_several
from flows.values import Clear, Nearly, Offer, Said, Unclear, Which
from flows.world import World
from tests.flows.playing import PLACES, catalogues, library
from tests.flows.understand.spelling import SPELT

OPTIONS = tuple(Offer(label[:4], label, label[:4]) for label in ("Pottery", "Weaving", "Shoes"))
QUESTIONS = [
    *KINDS.values(),
    Text(kind="text", name="t", text="?", hint="?"),
    Date(kind="date", name="d", text="?", hint="?"),
]


@pytest.mark.parametrize("language", tables.languages())
@given(number=st.integers(0, 9999))
def test_a_number_written_out_is_read_back(language: str, number: int) -> None:
    assert numbers.read(SPELT[language](number), language) == Clear(number)


@pytest.mark.parametrize("language", tables.languages())
def test_every_number_of_a_village_is_read_back(language: str) -> None:
    spell = SPELT[language]
    wrong = [n for n in range(1200) if numbers.read(spell(n), language) != Clear(n)]
    assert wrong == []


@given(
    text=st.one_of(
        st.text(max_size=60),
        st.text(
            alphabet="0123456789०१٢٣፩፪፻፼①Ⅳ½,.-+ /'kK$€LxnoyesSíÑ\u200b\u202e\x00\u20e3", max_size=30
        ),
    ),
    language=st.sampled_from([*tables.languages(), "xx", "", "es_HN"]),
    country=st.sampled_from(["HN", "KE", "", "ZZ"]),
)
@example(text="\x00\u202e\u200b" * 3000, language="en", country="HN")
@example(text="five " * 2500, language="en", country="HN")
@example(text="9" * 10_000, language="es", country="HN")
@example(text="\ud800", language="en", country="HN")
def test_nothing_that_is_sent_raises(text: str, language: str, country: str) -> None:
    world = World(language, country, date(2026, 11, 23), places=PLACES("HN"))
    for question in QUESTIONS:
        reading = read(question, Said(text), world, OPTIONS)
        assert isinstance(reading, Clear | Nearly | Which | Unclear)
    keywords.read(text, language)
    keywords.is_more(text, language)
    opening.guess(text, tables.languages())


@cache
def pickings() -> list[tuple[str, str, tuple[Offer, ...]]]:
    found: list[tuple[str, str, tuple[Offer, ...]]] = []
    for flow in library():
        for language in tables.languages():
            spoken = library().flow(flow.name, language, catalogues().translate(language))
            for step in spoken.steps:
                if isinstance(step, Picking | YesNo) and step.offers:
                    found.append((f"{flow.name}.{step.name}", language, step.offers))
    return found


@pytest.mark.parametrize("language", tables.languages())
def test_the_label_of_any_option_gives_that_option(language: str) -> None:
    wrong = [
        (where, said, pick(said, offers, language))
        for where, spoken, offers in pickings()
        for offer in offers
        for said in (offer.label, offer.label.upper(), f" {offer.label}. ", offer.short)
        if spoken == language and said
        if pick(said, offers, language) != Clear(offer.value)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", tables.languages())
def test_other_words_for_an_option_give_that_option(language: str) -> None:
    wrong = [
        (where, said, pick(said, offers, language))
        for where, spoken, offers in pickings()
        for offer in offers
        for said in offer.also
        if spoken == language
        if pick(said, offers, language) != Clear(offer.value)
    ]
    assert wrong == []


@given(picked=st.sets(st.integers(1, 9), min_size=1), comma=st.sampled_from([",", " ", ", ", "/"]))
def test_numbers_in_any_order_give_the_same_options(picked: set[int], comma: str) -> None:
    offers = tuple(Offer(f"o{n}", f"Option {chr(96 + n) * 5}", f"o{n}") for n in range(1, 10))
    expected = Clear([f"o{n}" for n in sorted(picked)])
    for order in (sorted(picked), sorted(picked, reverse=True)):
        assert read_several(comma.join(map(str, order)), offers, "en") == expected


def test_thirteen_is_no_one_and_three_where_there_are_thirteen_options() -> None:
    labels = [
        "Ants",
        "Bees",
        "Cows",
        "Dogs",
        "Eels",
        "Figs",
        "Goats",
        "Hens",
        "Ibis",
        "Jays",
        "Kites",
        "Lambs",
        "Mice",
    ]
    offers = tuple(Offer(label.lower(), label, label.lower()) for label in labels)
    assert read_several("13", offers, "en") == Clear(["mice"])
    assert read_several("13", offers[:3], "en") == Clear(["ants", "cows"])


def test_an_option_called_none_stands_alone() -> None:
    offers = (*OPTIONS, Offer("none", "None of these", "none"))
    assert read_several("none", offers, "en") == Clear(["none"])
    assert read_several("all", offers, "en") == Clear(["Pott", "Shoe", "Weav"])
    assert isinstance(read_several("1 and none", offers, "en"), Unclear)


@pytest.mark.parametrize(
    ("said", "language", "meant"),
    [
        ("24/12/2026", "en", "2026-12-24"),
        ("2026-12-24", "es", "2026-12-24"),
        ("24 de diciembre de 2026", "es", "2026-12-24"),
        ("24 décembre 2026", "fr", "2026-12-24"),
        ("tomorrow", "en", "2026-11-24"),
        ("mañana", "es", "2026-11-24"),
        ("42", "en", None),
        ("1985", "en", None),
        ("may", "en", None),
        ("31/02/2026", "en", None),
        ("soon", "en", None),
    ],
)
def test_a_date_needs_its_day(said: str, language: str, meant: str | None) -> None:
    reading = dates.read(said, language, date(2026, 11, 23))
    assert (reading.value if isinstance(reading, Clear) else None) == meant


def test_a_day_without_its_year_is_asked_back() -> None:
    assert dates.read("24 december", "en", date(2026, 11, 23)) == Nearly("2026-12-24", "2026-12-24")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola, buenos días", "es"),
        ("Bonjour", "fr"),
        ("habari yako", "sw"),
        ("good morning", "en"),
        ("español", "es"),
        ("swahili please", "sw"),
        ("ጤና ይስጥልኝ", "am"),
        ("السلام عليكم، أريد التسجيل", "ar"),
        ("میں رجسٹریشن چاہتا ہوں", "ur"),
        ("मुझे मदद चाहिए", "hi"),
        ("আমি নিবন্ধন করতে চাই", "bn"),
        ("ina so in yi rajista", "ha"),
        ("mo fe foruko sile", "yo"),
        ("waxaan rabaa inaan isdiiwaangeliyo", "so"),
        ("mwen vle enskri", "ht"),
        ("saya mau daftar", "id"),
        ("quero me inscrever, sou artesão", "pt"),
        ("soy artesana y quiero vender mis hamacas", "es"),
        ("kreyòl", "ht"),
        ("اردو", "ur"),
        ("12345", None),
        ("👍", None),
        ("zzz", None),
    ],
)
def test_a_first_message_tells_its_language_or_does_not(text: str, language: str | None) -> None:
    guess = opening.guess(text, tables.languages())
    assert (guess.language if guess and guess.sure else None) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "es"),
        ("habari", "sw"),
        ("ሰላም", "am"),
        ("नमस्ते", "hi"),
        ("namaste", "hi"),
        ("olá", "pt"),
        ("marhaba", "ar"),
        ("مرحبا", "ar"),
        ("selam", "am"),
        ("nomoskar", "bn"),
        ("নমস্কার", "bn"),
        ("assalam o alaikum", "ur"),
        ("sannu", "ha"),
        ("e kaaro", "yo"),
        ("iska warran", "so"),
        ("bonjou", "ht"),
        ("bonjour", "fr"),
        ("selamat pagi", "id"),
        ("hello", "en"),
    ],
)
def test_a_bare_greeting_tells_its_language(text: str, language: str) -> None:
    for said in (text, text.upper(), f"{text}!!"):
        assert opening.guess(said, tables.languages(), ["en"]) == opening.Guess(language, True)


@pytest.mark.parametrize("text", ["assalamu alaikum", "Salam", "Assalamualaikum"])
def test_a_greeting_of_many_peoples_is_in_the_language_of_the_country(text: str) -> None:
    for likely in ("ar", "ur", "bn", "so", "ha", "id"):
        guess = opening.guess(text, tables.languages(), [likely, "fr"])
        assert guess == opening.Guess(likely, True)
    unknown = opening.guess(text, tables.languages(), ["es"])
    assert unknown
    assert not unknown.sure


def test_what_is_expected_decides_between_languages_and_not_against_the_words() -> None:
    everywhere = tables.languages()
    for expected in (["hi"], ["ur"]):
        guess = opening.guess("mujhe madad chahiye", everywhere, expected)
        assert guess == opening.Guess(expected[0], sure=True)
    guess = opening.guess("mujhe madad chahiye", everywhere)
    assert guess
    assert not guess.sure
    assert opening.guess("hola", everywhere, ["sw", "en"]) == opening.Guess("es", sure=True)
    assert opening.guess("hola", ("en", "es_HN", "es"), ["es_HN"]) == opening.Guess("es_HN", True)
    assert opening.guess("hola", ("en", "sw")) != opening.Guess("es", sure=True)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.kind)
def test_signs_and_smiles_are_not_called_an_empty_message(question: Question) -> None:
    world = World("en", "HN", date(2026, 11, 23), places=PLACES("HN"))
    for said in ("???", "🙈", "..."):
        assert read(question, Said(said), world, OPTIONS) != Unclear("empty")
    assert read(question, Said("  \u200b "), world, OPTIONS) == Unclear("empty")
