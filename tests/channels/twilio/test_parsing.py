"""What a form of Twilio's becomes: cases in tests/payloads/twilio, one a line, and more."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.twilio_parsing import (
    Malformed,
    form_of,
    is_status,
    pairs_of,
    read_message,
    read_status,
)
from bot.messages import incoming_json, read_incoming

PAYLOADS = Path(__file__).parents[2] / "payloads" / "twilio"
NAMES = [
    "MessageSid",
    "SmsSid",
    "From",
    "To",
    "Body",
    "NumMedia",
    "MediaUrl0",
    "MediaContentType0",
    "Latitude",
    "Longitude",
    "ButtonPayload",
    "ButtonText",
    "ListId",
    "ListTitle",
    "ExternalUserId",
    "MessageType",
    "OptOutType",
    "MessageStatus",
    "SmsStatus",
    "ErrorCode",
]


def cases(*names: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['case']}")
        for path in sorted(PAYLOADS.glob("*.json"))
        if (path.stem in names) == bool(names) and (names or path.stem != "status")
        for case in json.loads(path.read_text())
    ]


def became(case: dict[str, Any]) -> Any:
    """What came of a message, after the way it takes over the wire."""
    form = form_of(pairs_of(urlencode(case["form"]).encode()))
    try:
        incoming = read_message(form, case.get("token", ""))
    except Malformed:
        return "malformed"
    return None if incoming is None else json.loads(json.dumps(incoming_json(incoming)))


@pytest.mark.parametrize("case", cases())
def test_a_message_becomes_what_its_line_says(case: dict[str, Any]) -> None:
    assert became(case) == case["becomes"]


@pytest.mark.parametrize("case", cases())
def test_what_is_kept_can_be_read_again(case: dict[str, Any]) -> None:
    kept = became(case)
    if not isinstance(kept, dict):
        return
    text = json.dumps(kept, ensure_ascii=False)
    text.encode("utf-8")
    assert "\\u0000" not in text
    assert json.loads(json.dumps(incoming_json(read_incoming(kept)))) == kept


@pytest.mark.parametrize("case", cases("status"))
def test_a_status_becomes_what_its_line_says(case: dict[str, Any]) -> None:
    query = {name: values[0] for name, values in parse_qs(case["query"]).items()}
    try:
        receipt = read_status(case["form"], query)
    except Malformed:
        assert case["becomes"] == "malformed"
        return
    assert (None if receipt is None else asdict(receipt)) == case["becomes"]


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(NAMES), st.text(max_size=8)),
        st.one_of(
            st.text(),
            st.sampled_from(["whatsapp:+50499887766", "+50499887766", "1", "whatsapp:US.1", "nan"]),
        ),
    ),
    st.text(),
)
def test_no_form_raises_but_as_malformed(form: dict[str, str], token: str) -> None:
    with contextlib.suppress(Malformed):
        incoming = read_message(form, token)
        if incoming is not None:
            json.dumps(incoming_json(incoming), ensure_ascii=False).encode("utf-8")
    with contextlib.suppress(Malformed):
        read_status(form, form)


@given(st.binary(max_size=400))
def test_no_body_raises_but_as_malformed(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        form_of(pairs_of(body))


def test_more_fields_than_any_form_has_are_malformed() -> None:
    with pytest.raises(Malformed):
        pairs_of(b"&".join(b"a=1" for _ in range(1000)))


def test_of_a_field_that_is_there_twice_the_first_counts() -> None:
    assert form_of(pairs_of(b"Body=one&Body=two&Empty=")) == {"Body": "one", "Empty": ""}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"SmsStatus": "received", "Body": "hola"}, False),
        ({"SmsStatus": "a word of a later version", "Body": "hola"}, False),
        ({"SmsStatus": "a word of a later version"}, True),
        ({"SmsStatus": "delivered", "Body": "what we said"}, True),
        ({"MessageStatus": "read"}, True),
        ({"Body": "hola"}, False),
    ],
)
def test_words_with_a_status_nobody_knows_are_words(form: dict[str, str], status: bool) -> None:
    assert is_status(form) is status
