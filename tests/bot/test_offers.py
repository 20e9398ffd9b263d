"""Whatever is offered to somebody says, in each language, that it costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.settings import known_languages
from tests.conversation.scene import house

FREE = {
    "en": ("costs nothing",),
    "es": ("no cuesta nada", "gratis"),
    "fr": ("ne coûte rien", "gratuit"),
    "sw": ("bure",),
    "pt": ("grátis", "não custa nada"),
    "ar": ("بلا مقابل",),
    "am": ("ክፍያ የለ", "ክፍያ እንደሌለው", "ገንዘብ አያስከፍልም"),
    "hi": ("कोई पैसा नहीं", "मुफ़्त"),
    "bn": ("টাকা লাগে না", "ফ্রি"),
    "ur": ("مفت",),
    "id": ("tidak dipungut biaya", "tidak ada biaya", "gratis"),
    "ht": ("pa koute anyen",),
    "ha": ("kyauta",),
    "yo": ("kò ní owó",),
    "so": ("lacag la'aan",),
}
"""How each language says it."""

OFFERS = (
    ("introduction", "asker_news"),
    ("introduction", "other_news"),
    ("invitation", "answer"),
    ("partners", "pick"),
    ("proposal", "approved"),
    ("need", "kept"),
)
"""The steps of flows that offer something: long and, for SMS, short."""

GROUP_OPENED = (
    "Good news: your group is open. {count} said yes so far. Joining costs nothing. "
    "These are the others:"
)
PHRASES = (
    ("phrase.group_opened", GROUP_OPENED),
    ("phrase.providers", "They may help you. Asking costs nothing:"),
    ("phrase.write_partners", "Write PARTNERS to meet one of them. It costs nothing."),
)


def offered(language: str) -> Iterator[tuple[str, str]]:
    """Every text of an offer in a language, with where it stands."""
    languages = tuple(dict.fromkeys(("en", language)))
    there = house(languages)
    into = there.catalogues.translate(language)
    for flow, name in OFFERS:
        step = there.library.flow(flow, language, into).step(name)
        assert step is not None
        for text in filter(None, (step.text, getattr(step, "short", ""))):
            yield f"{flow}.{name}", text
    for context, english in PHRASES:
        yield context, into(context, english)


@pytest.mark.parametrize("language", known_languages())
def test_every_offer_says_that_it_costs_nothing(language: str) -> None:
    silent = [
        (where, text)
        for where, text in offered(language)
        if not any(word in text.lower() for word in FREE[language])
    ]
    assert silent == []
