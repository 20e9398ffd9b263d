"""How replies look on Telegram: whatever is to be said, no call is refused for its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.channels.base import Wire
from bot.channels.layout import Button
from bot.channels.telegram_rendering import CAPS, render, rows, shown
from bot.messages import Attachment, Choice, Reply
from tests.channels.telegram.replies import REPLIES
from tests.standins.telegram_rules import units, wrong

WORDS = ("caption", "text")


def as_sent(call: Wire) -> dict[str, Any]:
    """The parameters as they leave: with a chat, and a file in the field that takes it."""
    media: Mapping[str, str] = call.get("media", {})
    return {
        "chat_id": 77,
        **call["parameters"],
        **({media["field"]: "attach://file"} if media else {}),
    }


@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow])
@given(REPLIES)
def test_no_reply_is_ever_refused_for_its_shape(reply: Reply) -> None:
    for call in render(reply, CAPS):
        assert wrong(call["method"], as_sent(call)) == ""


@settings(max_examples=300)
@given(REPLIES)
def test_every_option_can_be_answered_by_a_button_or_is_numbered_in_the_text(reply: Reply) -> None:
    calls = render(reply, CAPS)
    taps = [tap for call in calls for tap in payloads(call)]
    written = "\n".join(str(call["parameters"].get(name, "")) for call in calls for name in WORDS)
    paged = reply.more is not None and len(reply.choices) > CAPS.page
    asked = 0 if not shown(reply.text) else len(reply.choices)
    if taps:
        assert len(taps) == (len(reply.choices) if not paged else min(len(taps), CAPS.page + 1))
    elif asked and not paged:
        assert f"{asked}." in written


def payloads(call: Wire) -> list[str]:
    keyboard = call["parameters"].get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in keyboard for button in row]


def test_texts_are_said_as_they_are_written_with_no_markup_in_them() -> None:
    (call,) = render(Reply("1 < 2 & <b>hola</b> *x* _y_"), CAPS)
    assert call["method"] == "sendMessage"
    assert call["parameters"]["text"] == "1 < 2 & <b>hola</b> *x* _y_"
    assert "parse_mode" not in call["parameters"]
    assert call["parameters"]["link_preview_options"] == {"is_disabled": True}


def test_short_labels_stand_beside_each_other_and_long_ones_below() -> None:
    buttons = [Button(label, "p") for label in ("Yes", "No", "Only with people I know well", "Ok")]
    assert [[button.label for button in row] for row in rows(buttons)] == [
        ["Yes", "No"],
        ["Only with people I know well"],
        ["Ok"],
    ]


def test_wide_letters_take_the_room_of_two() -> None:
    assert len(list(rows([Button("家具と木工の仕事", "p"), Button("陶器", "p")]))) == 1
    assert len(list(rows([Button("家具と木工の仕事です", "p"), Button("陶器", "p")]))) == 2


def test_many_options_come_by_pages_with_a_button_to_the_next() -> None:
    choices = tuple(Choice(f"Option {n}", f"t.1.o{n}") for n in range(1, 24))
    reply = Reply("Which?", choices=choices, more=Choice("More", "t.1.0"))
    (call,) = render(reply, CAPS)
    assert payloads(call) == [*(f"t.1.o{n}" for n in range(1, 9)), "t.1.0"]


def test_options_whose_labels_are_too_long_are_written_out_and_tapped_by_number() -> None:
    choices = (Choice("A" * 60, "t.1.a"), Choice("B" * 60, "t.1.b"))
    (call,) = render(Reply("Which?", choices=choices), CAPS)
    assert "1. " + "A" * 60 in call["parameters"]["text"]
    assert [b["text"] for b in call["parameters"]["reply_markup"]["inline_keyboard"][0]] == [
        "1",
        "2",
    ]


def test_a_question_for_a_place_brings_the_button_that_sends_it_and_the_next_takes_it_away() -> (
    None
):
    (call,) = render(Reply("Where?", wants="location", ask="Send where I am"), CAPS)
    assert call["parameters"]["reply_markup"]["keyboard"] == [
        [{"text": "Send where I am", "request_location": True}]
    ]
    (call,) = render(Reply("Thank you."), CAPS)
    assert call["parameters"]["reply_markup"] == {"remove_keyboard": True}


@pytest.mark.parametrize(
    ("kind", "type", "method"),
    [
        ("voice", "audio/ogg", "sendVoice"),
        ("voice", "audio/amr", "sendDocument"),
        ("photo", "image/jpeg", "sendPhoto"),
        ("photo", "image/heic", "sendDocument"),
        ("document", "application/pdf", "sendDocument"),
    ],
)
def test_a_file_goes_by_the_method_that_takes_its_type(kind: str, type: str, method: str) -> None:
    reply = Reply("Listen.", media=Attachment(kind, id="x", type=type))
    (call,) = render(reply, CAPS)
    assert (call["method"], call["parameters"]["caption"]) == (method, "Listen.")


def test_a_long_text_goes_in_parts_of_at_most_4096_units_cut_at_sentences() -> None:
    sentence = "Tejemos hamacas de algodón 😀 y las vendemos en el mercado. "
    calls = render(Reply(sentence * 150), CAPS)
    said = [call["parameters"]["text"] for call in calls]
    assert len(said) > 1
    assert all(units(text) <= 4096 and text.endswith("mercado.") for text in said)
    assert " ".join(said) == (sentence * 150).strip()
