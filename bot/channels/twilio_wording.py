"""What the WhatsApp templates are that a programme needs: one for each purpose and language,
made from the catalogues.

Source: https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
and https://www.twilio.com/docs/content/content-types-overview"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.house import House
from bot.openings import BUTTON, OCCASIONS, PROGRAMME, READ_IT, Occasion, body
from bot.speech import spoken

PREFIX = "artisan_"
WITH_BUTTON, PLAIN = "twilio/quick-reply", "twilio/text"
SAMPLE = "The craft fair is on Saturday, 9 to 4, in the park."

_META = """af sq ar az bn bg ca zh_CN zh_HK zh_TW hr cs da nl en en_GB en_US et fil fi fr ka de el
    gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt mk ms ml mr nb fa pl pt_BR pt_PT pa ro
    ru sr sk sl es es_AR es_ES es_MX sw sv ta te th tr uk ur uz vi zu"""
META = frozenset(_META.split())
"""The languages that WhatsApp has templates in."""

NAMED = {"pt": "pt_PT", "rw": "rw_RW", "ky": "ky_KG", "zh": "zh_CN", "no": "nb"}
"""Ours that go by another name there."""


def meta_language(language: str) -> str:
    """What WhatsApp calls a language of ours; empty where it has no templates in it."""
    base = language.partition("_")[0]
    return next((one for one in (language, base, NAMED.get(base, "")) if one in META), "")


@dataclass(frozen=True)
class Needed:
    """A template for a purpose in a language of ours."""

    occasion: Occasion
    language: str
    text: str
    button: str
    programme: str

    @property
    def name(self) -> str:
        """Its name at Twilio and at Meta; another one as soon as its words are others."""
        print_ = sha256(f"{self.text}\n{self.button}".encode()).hexdigest()[:6]
        return f"{PREFIX}{self.occasion.purpose}_{self.language}_{print_}".lower()

    @property
    def definition(self) -> dict[str, Any]:
        """What is asked of Twilio to make it."""
        samples = {PROGRAMME: self.programme}
        numbered = enumerate(self.occasion.variables, 1)
        told: dict[str, Any] = {"body": self.text}
        if self.button:
            told["actions"] = [{"type": "QUICK_REPLY", "title": self.button, "id": READ_IT}]
        return {
            "friendly_name": self.name,
            "language": meta_language(self.language),
            "variables": {str(n): samples.get(name, SAMPLE) for n, name in numbered},
            "types": {WITH_BUTTON if self.button else PLAIN: told},
        }


def needed(house: House) -> Iterator[Needed]:
    """Every template the programme could use, in the order of its languages."""
    for language in house.settings.languages:
        if not meta_language(language):
            continue
        translate = house.catalogues.translate(language)
        for occasion in OCCASIONS.values():
            yield Needed(
                occasion,
                language,
                body(occasion, translate),
                spoken(BUTTON, translate) if occasion.button else "",
                house.settings.programme,
            )


def without(house: House) -> tuple[str, ...]:
    """The languages offered that WhatsApp has no templates in."""
    return tuple(one for one in house.settings.languages if not meta_language(one))
