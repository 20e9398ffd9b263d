"""Whether a signature holds: as Twilio's own library says, and never by an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from bot.channels.twilio_signature import is_signed, signature_of

TOKEN = "auth_token"
URL = "https://bot.example/twilio/message"
FORM = [("MessageSid", "SM1"), ("From", "whatsapp:+50499887766"), ("Body", "hola ñ"), ("Empty", "")]
SETTINGS = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"


def theirs(url: str, form: Any, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, MultiDict(form)))


def test_a_signature_of_the_library_holds() -> None:
    assert is_signed([TOKEN], URL, FORM, theirs(URL, FORM))


def test_the_example_of_the_documentation_holds() -> None:
    form = [
        ("Digits", "1234"), ("To", "+18005551212"), ("From", "+14158675310"),
        ("Caller", "+14158675310"), ("CallSid", "CA1234567890ABCDE"),
    ]  # fmt: skip
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert is_signed(["12345"], url, form, "L/OH5YylLD5NRKLltdqwSvS0BnU=")


@pytest.mark.parametrize(
    ("signed", "checked", "holds"),
    [
        ("https://bot.example/twilio/message", "https://bot.example/twilio/message", True),
        ("https://bot.example:443/twilio/message", "https://bot.example/twilio/message", True),
        ("https://bot.example/twilio/message", "https://bot.example:443/twilio/message", True),
        ("http://bot.example:80/twilio/message", "http://bot.example/twilio/message", True),
        ("https://bot.example:8443/x", "https://bot.example:8443/x", True),
        ("https://bot.example/x", "https://bot.example:8443/x", True),
        ("https://bot.example:8443/x", "https://bot.example/x", False),
        ("https://bot.example/x/", "https://bot.example/x", False),
        ("https://bot.example/x", "https://bot.example/x/", False),
        ("http://bot.example/x", "https://bot.example/x", False),
        ("https://other.example/x", "https://bot.example/x", False),
        ("https://bot.example/x?a=1&b=2", "https://bot.example/x?a=1&b=2", True),
        ("https://bot.example/x?a=1&b=2", "https://bot.example/x?b=2&a=1", False),
        ("https://bot.example/x?a=%20y", "https://bot.example/x?a=+y", False),
        ("https://bot.example/x?o=1#rc=3", "https://bot.example/x?o=1", False),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x", True),
    ],
)
def test_an_address_counts_as_it_was_set(signed: str, checked: str, holds: bool) -> None:
    assert is_signed([TOKEN], checked, FORM, theirs(signed, FORM)) is holds


@pytest.mark.parametrize(
    "form",
    [
        [],
        [("A", "1"), ("A", "2")],
        [("A", "2"), ("A", "1"), ("A", "2")],
        [("b", "1"), ("a", "2"), ("B", "3")],
        [("Body", "")],
        [("Body", "  blanks \n")],
        [("Body", "नमस्ते 🧵")],
        [("Future", "x"), *FORM],
    ],
)
def test_every_field_is_signed_twice_or_empty_or_unknown(form: list[tuple[str, str]]) -> None:
    assert is_signed([TOKEN], URL, form, theirs(URL, form))
    assert not is_signed([TOKEN], URL, [*form, ("More", "1")], theirs(URL, form))


def test_while_a_token_changes_either_holds_and_no_third() -> None:
    for token, holds in (("old", True), ("new", True), ("other", False)):
        assert is_signed(["old", "new"], URL, FORM, theirs(URL, FORM, token)) is holds


def test_the_newer_header_names_the_hash() -> None:
    newer = RequestValidator(TOKEN).compute_signature(URL, MultiDict(FORM), "HMAC_SHA256")
    assert is_signed([TOKEN], URL, FORM, newer, SETTINGS)
    assert not is_signed([TOKEN], URL, FORM, newer)
    assert is_signed([TOKEN], URL, FORM, theirs(URL, FORM), "key=1")
    assert not is_signed([TOKEN], URL, FORM, newer, "key=1,algorithm=HMAC_MD5")


@pytest.mark.parametrize("odd", [None, "", "x", "é", "\udcff", "=" * 10_000, "AAAA" * 7, " "])
def test_an_odd_header_is_no_signature_and_raises_nothing(odd: str | None) -> None:
    assert not is_signed([TOKEN], URL, FORM, odd)
    assert not is_signed([TOKEN], URL, FORM, theirs(URL, FORM), f"algorithm={odd}x")


WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(WORDS, WORDS), max_size=8), WORDS.map(lambda path: f"/{path}"))
def test_it_is_always_what_the_library_says(form: list[tuple[str, str]], path: str) -> None:
    made = theirs(URL + path, form)
    assert signature_of(TOKEN, URL + path, form) == made
    assert is_signed([TOKEN], URL + path, form, made)


@given(st.text(), st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_nothing_that_is_sent_raises(
    signature: str, settings: str, form: list[tuple[str, str]]
) -> None:
    assert is_signed([TOKEN], URL, form, signature, settings) in (True, False)
