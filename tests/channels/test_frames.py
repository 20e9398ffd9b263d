"""What the phone page may say, as data: tests/payloads/phone/frames.json, a line a case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import frames
from bot.channels.cleaning import clean
from bot.channels.frames import MOST_TEXT, Refused, Show, read

CASES = json.loads(
    (Path(__file__).parent.parent / "payloads" / "phone" / "frames.json").read_text()
)


def text_of(case: dict[str, Any]) -> str:
    if "repeat" in case:
        letter, times = case["repeat"]
        return str(letter * times)
    return str(case["text"]) if "text" in case else json.dumps(case["frame"])


def taken(frame: frames.Frame) -> dict[str, Any]:
    fields = dict(vars(frame))
    if isinstance(frame, Show):
        fields["media"] = fields.pop("kind")
    return {"kind": type(frame).__name__, **fields}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_frame_becomes_what_it_must(case: dict[str, Any]) -> None:
    if "refused" not in case:
        assert taken(read(text_of(case))) == case["is"]
        return
    with pytest.raises(Refused) as refused:
        read(text_of(case))
    assert case["refused"] in refused.value.why
    assert refused.value.id == case.get("id")


def test_a_text_of_ten_thousand_characters_is_taken_and_one_beyond_reason_refused() -> None:
    say = {"type": "say", "id": "1", "text": "a" * 10_000}
    assert read(json.dumps(say)) == frames.Say("1", "a" * 10_000)
    with pytest.raises(Refused, match="too long"):
        read(json.dumps({**say, "text": "a" * (MOST_TEXT + 1)}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("urn", "look", "language", "after", "id", "text", "payload", "label", "lat", "lon",
          "kind", "token", "seq", "open", "blocked")  # fmt: skip


@given(
    st.text()
    | JSON.map(json.dumps)
    | st.fixed_dictionaries(
        {"type": st.sampled_from(sorted(frames.READERS))},
        optional={name: JSON | st.just("1") for name in FIELDS},
    ).map(json.dumps)
)
def test_whatever_comes_is_a_frame_or_refused_in_plain_words(data: str) -> None:
    try:
        read(data)
    except Refused as refused:
        assert refused.why.endswith(".")


@given(st.text(alphabet=st.characters(codec=None)))
def test_a_cleaned_text_can_be_kept_and_is_clean(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode()
