"""Consent is a log: what was agreed to, in which words, when and how."""

from __future__ import annotations

from hashlib import sha256

from bot.turn import CONSENT, Turn
from storage import consents

BY_WORD = "word"
"""The version where no text was shown: STOP and START."""


async def note(turn: Turn, *, given: bool, flow: str = "") -> None:
    """Write down a yes or a no: to the consent text of a flow as it was shown, or by a word."""
    turn.agree(
        consents.Consent(
            contact_id=turn.contact.id,
            channel=turn.incoming.channel,
            purpose=CONSENT,
            version=version(turn, flow) if flow else BY_WORD,
            how="asked",
            given=given,
            at=turn.now,
        )
    )


async def was_withdrawn_by_word(turn: Turn) -> bool:
    """Whether the last word on it was STOP: START undoes that, and no other no."""
    words = [w for w in await consents.of(turn.db, turn.contact.id) if w.purpose == CONSENT]
    return bool(words) and not words[-1].given and words[-1].version == BY_WORD


def version(turn: Turn, flow: str, language: str = "") -> str:
    """Language and fingerprint of the text that was shown, or read aloud in another language than
    the reader's: "es_HN:1f3a09c2b4d5"."""
    language = language or turn.language
    translate = turn.house.catalogues.translate(language)
    step = turn.house.library.flow(flow, language, translate).step("consent")
    text = step.text if step is not None else ""
    return f"{language}:{sha256(text.encode()).hexdigest()[:12]}"
