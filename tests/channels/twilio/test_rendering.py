"""How replies look on WhatsApp and SMS: whatever is to be said, in whatever language and length, no
call is refused for its shape, and every option can be answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels import sms, whatsapp
from bot.channels.base import Wire
from bot.channels.segments import count, is_gsm
from bot.channels.twilio_content import SHAPES, definition
from bot.channels.twilio_templates import Template, wire_of
from bot.messages import Attachment, Caps, Choice, Reply
from tests.channels.telegram.replies import REPLIES, texts
from tests.standins.twilio_rules import (
    Content,
    rendered,
    wrong_content,
    wrong_message,
    wrong_variables_of_a_template,
)

LINK = "https://bot.example/media/" + "a" * 80
NUMBERED = replace(whatsapp.CAPS, buttons=0, items=0, description_chars=0)
SIDS = {name: f"HX{number:032x}" for number, name in enumerate(SHAPES)}
CONTENTS = {
    sid: Content(sid, **{"friendly_name": "", "variables": {}, **definition(SHAPES[name])})
    for name, sid in SIDS.items()
}


def refused(wire: Wire, to: str, sender: str) -> object:
    """What Twilio would say against a call; None where it takes it."""
    form = [("To", to), ("From", sender)]
    if "content" in wire:
        sid = SIDS[wire["content"]]
        form += [("ContentSid", sid), ("ContentVariables", wire["variables"])]
        return wrong_message(form) or rendered(CONTENTS[sid], wire["variables"])[0]
    return wrong_message([*form, *((name, value) for name, value in wire["form"])])


def refused_by_whatsapp(wire: Wire) -> object:
    return refused(wire, "whatsapp:US.13491208655302741918", "whatsapp:+14155238886")


def refused_by_sms(wire: Wire) -> object:
    return refused(wire, "+50499887766", "+14155550123")


def test_the_resources_we_make_are_as_twilio_takes_them() -> None:
    assert [wrong_content(definition(shape)) for shape in SHAPES.values()] == [None] * len(SHAPES)


@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow])
@given(REPLIES, st.sampled_from((whatsapp.CAPS, NUMBERED)), st.sampled_from(("", LINK)))
def test_no_reply_is_ever_refused_by_whatsapp(reply: Reply, caps: Caps, link: str) -> None:
    for wire in whatsapp.render(reply, caps, link):
        assert refused_by_whatsapp(wire) is None


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(REPLIES, st.sampled_from(("", LINK)))
def test_no_reply_is_ever_refused_as_sms_and_each_is_counted(reply: Reply, link: str) -> None:
    for wire in sms.render(reply, sms.CAPS, link):
        assert refused_by_sms(wire) is None
        assert 0 < count(wire["text"]).segments <= sms.CAPS.segments


@settings(max_examples=300)
@given(texts(3000))
def test_a_text_that_can_be_folded_costs_what_plain_letters_cost(text: str) -> None:
    latin = "".join(c for c in text if c.isascii() or c in "áÁéñ¿¡")
    for wire in sms.render(Reply(latin), sms.CAPS):
        assert is_gsm(wire["text"]) or any(not c.isascii() for c in wire["text"])


@settings(max_examples=300)
@given(REPLIES)
def test_every_option_can_be_tapped_or_has_its_number_in_the_text(reply: Reply) -> None:
    wires = whatsapp.render(reply, whatsapp.CAPS, LINK)
    tapped = [wire for wire in wires if "content" in wire]
    said = "\n".join(str(wire["text"]) for wire in wires)
    paged = reply.more is not None and len(reply.choices) > whatsapp.CAPS.page
    if tapped:
        (one,) = tapped
        payloads = set(rendered(CONTENTS[SIDS[one["content"]]], one["variables"])[1].items.values())
        payloads |= set(
            rendered(CONTENTS[SIDS[one["content"]]], one["variables"])[1].buttons.values()
        )
        wanted = {choice.payload for choice in reply.choices}
        assert payloads >= wanted or (paged and payloads & wanted)
    elif reply.choices and not paged:
        assert f"{len(reply.choices)}." in said


@settings(max_examples=300)
@given(texts(3000), st.sampled_from(("", "News from {{1}}: {{2}}\nWrite STOP for no more.")))
def test_the_variables_of_a_template_are_flat_and_never_empty(text: str, body: str) -> None:
    template = Template("announcement", "es", "HX" + "0" * 32, "approved", ("a", "b"), body=body)
    wire = wire_of(template, ("Artisan Connect", text))
    if wire is None:
        assert len(text) > 800
        return
    assert wrong_variables_of_a_template(wire["variables"]) is None
    form = [("To", "whatsapp:+50499887766"), ("From", "whatsapp:+14155238886")]
    form += [("ContentSid", wire["template"]), ("ContentVariables", wire["variables"])]
    assert wrong_message(form) is None


def buttons_of(wire: Wire) -> dict[str, Any]:
    seen = rendered(CONTENTS[SIDS[wire["content"]]], wire["variables"])[1]
    return {**seen.buttons, **seen.items}


@pytest.mark.parametrize(
    ("labels", "content"),
    [
        (["Sí"], "artisan_qr_1"),
        (["Sí", "No"], "artisan_qr_2"),
        (["Sí", "No", "Más tarde"], "artisan_qr_3"),
        (["a", "b", "c", "d"], "artisan_list_4"),
        ([f"Option {n}" for n in range(10)], "artisan_list_10"),
    ],
)
def test_few_options_are_buttons_and_up_to_ten_a_list(labels: list[str], content: str) -> None:
    choices = tuple(Choice(label, f"t.1.{label}") for label in labels)
    (wire,) = whatsapp.render(Reply("¿?", choices=choices, choose="Elegir"), whatsapp.CAPS)
    assert wire["content"] == content
    assert list(buttons_of(wire)) == labels


def test_long_labels_are_written_out_and_tapped_by_their_numbers() -> None:
    choices = tuple(Choice(label * 12, f"t.1.{label}") for label in ("abc", "abd"))
    (wire,) = whatsapp.render(Reply("Which?", choices=choices), whatsapp.CAPS)
    assert buttons_of(wire) == {"1": "t.1.abc", "2": "t.1.abd"}
    assert "1. " + "abc" * 12 in wire["text"]


def test_more_than_ten_come_by_pages_of_nine() -> None:
    choices = tuple(Choice(f"Option {n}", f"t.1.o{n}") for n in range(1, 24))
    reply = Reply("Which?", choices=choices, more=Choice("More", "t.1.0"), choose="Choose")
    (wire,) = whatsapp.render(reply, whatsapp.CAPS)
    assert list(buttons_of(wire)) == [*(f"Option {n}" for n in range(1, 10)), "More"]


@pytest.mark.parametrize(
    ("kind", "type", "sent"),
    [
        ("voice", "audio/ogg", True),
        ("voice", "audio/amr", True),
        ("voice", "audio/wav", False),
        ("photo", "image/jpeg", True),
        ("photo", "image/heic", False),
        ("document", "application/pdf", True),
    ],
)
def test_a_file_goes_by_its_link_where_whatsapp_shows_such_and_else_in_words(
    kind: str, type: str, sent: bool
) -> None:
    reply = Reply("Mire.", media=Attachment(kind, id="x", type=type))
    wires = whatsapp.render(reply, whatsapp.CAPS, LINK)
    files = [value for wire in wires for name, value in wire["form"] if name == "MediaUrl"]
    assert files == ([LINK] if sent else [])
    assert sent or LINK in wires[0]["text"]


def test_on_sms_options_are_numbered_and_accents_that_cost_are_left_out() -> None:
    choices = (Choice("Sí", "t.1.yes"), Choice("No", "t.1.no"))
    (wire,) = sms.render(Reply("¿Está de acuerdo?", choices=choices, how="Escriba."), sms.CAPS)
    assert wire["text"] == "¿Esta de acuerdo?\n1 Si\n2 No\nEscriba."
    assert count(wire["text"]).segments == 1


def test_no_other_script_is_ever_spelled_in_latin_letters() -> None:
    for text in ("ሰላም ነው", "नमस्ते", "مرحبا", "স্বাগতম", "வணக்கம்"):
        (wire,) = sms.render(Reply(text), sms.CAPS)
        assert wire["text"] == text
