"""Replies such as any turn might leave, and odder ones."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from bot.messages import Attachment, Choice, Reply

SCRIPTS = (
    "abc ÁÉñ",
    "हिन्दी क्ष",
    "العربية ",
    "አማርኛ",
    "😀👩‍👩‍👧🇭🇳",
    "<b>&amp;</b>",
    "\u200b\u2060\ufeff",
    "\n\t  ",
)
LETTERS = st.sampled_from("".join(SCRIPTS)) | st.characters(exclude_categories=["Cs"])
MEDIA_ID = "0190b5a0-0000-7000-8000-000000000001"


def texts(most: int) -> st.SearchStrategy[str]:
    """Texts of every length up to so many characters, without drawing each of them."""
    short = st.text(LETTERS, max_size=60)
    return short | st.builds(
        lambda text, times: (text * times)[:most], short, st.integers(1, max(1, most // 20))
    )


def labels() -> st.SearchStrategy[str]:
    return st.text(LETTERS, max_size=50)


PAYLOADS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=70)
CHOICES = st.builds(Choice, labels(), PAYLOADS, labels(), st.sampled_from(("", "a description")))
FILES = st.builds(
    lambda kind, type: Attachment(kind, id=MEDIA_ID, type=type),
    st.sampled_from(("photo", "voice", "document")),
    st.sampled_from(("", "image/jpeg", "image/heic", "audio/ogg", "audio/amr", "application/pdf")),
)


REPLIES = st.builds(
    lambda reply, times: replace(reply, choices=reply.choices * times),
    st.builds(
        Reply,
        text=texts(12_000),
        choices=st.lists(CHOICES, max_size=4).map(tuple),
        page=st.integers(0, 9),
        more=st.none() | CHOICES,
        how=texts(200),
        choose=labels(),
        wants=st.sampled_from(("", "location", "contact", "photo", "voice")),
        ask=labels(),
        media=st.none() | FILES,
    ),
    st.sampled_from((1, 1, 2, 3, 8, 28)),
)
