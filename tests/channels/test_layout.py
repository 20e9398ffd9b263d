"""Whatever is to be said, no channel gets more than it takes and nothing is lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.layout import Part, lay_out, length
from bot.channels.phone import LOOKS
from bot.channels.segments import count, folded
from bot.messages import Attachment, Caps, Choice, Reply

TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc xyz ñéá. ,!?\n"),
        st.sampled_from("नमस्ते مرحبا ሰላም 😀👩🏽‍🌾e\u0301"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=3000,
)
LABEL = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cf", "Mn"]),
    min_size=1,
    max_size=60,
)


@st.composite
def choices(draw: st.DrawFn) -> tuple[Choice, ...]:
    labels = draw(st.lists(LABEL, max_size=25))
    return tuple(
        Choice(
            label,
            f"abcdefgh.1.o{number}",
            short=draw(st.sampled_from(["", f"s{number}"])),
            description=draw(st.sampled_from(["", "", "what it is", "long " * 20])).strip(),
        )
        for number, label in enumerate(labels)
    )


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    offered = draw(choices())
    more = Choice(draw(st.sampled_from(["More", "Más opciones, por favor, todas"])), "abc.1.more")
    return Reply(
        text=draw(TEXT),
        short=draw(st.sampled_from(["", "Short?"])),
        choices=offered,
        page=draw(st.integers(0, 30)),
        more=more if offered else None,
        choose=draw(st.sampled_from(["", "Choose", "Choose one of these, if you like"])),
        how="Write the number." if offered else "",
        wants=draw(st.sampled_from(["", "location", "contact", "photo", "voice"])),
        media=draw(st.sampled_from([None, Attachment("photo", id="1")])),
    )


def looks() -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(LOOKS))


def exceeds(part: Part, caps: Caps) -> list[str]:
    """What of a part the far side would refuse."""
    optioned = bool(part.buttons or part.items)
    limit = min(caps.text, caps.body_with_options) if optioned else caps.text
    tappable = (*part.buttons, *part.items)
    wrong = {
        "text": length(part.text, caps) > (caps.caption if part.media else limit),
        "segments": bool(caps.segments) and count(part.text).segments > caps.segments,
        "blank": not part.text.strip() and part.media is None,
        "buttons": len(part.buttons) > caps.buttons,
        "items": len(part.items) > caps.items,
        "both": bool(part.buttons and part.items),
        "button": any(not 0 < len(b.label) <= caps.button_chars for b in part.buttons),
        "item": any(not 0 < len(i.label) <= caps.item_chars for i in part.items),
        "description": any(len(i.description) > caps.description_chars for i in part.items),
        "payload": any(len(b.payload.encode()) > caps.payload_bytes for b in tappable),
        "menu": bool(part.items) and not 0 < len(part.menu) <= caps.button_chars,
        "alike": len({b.label.casefold() for b in tappable}) < len(tappable),
        "media": part.media is not None and not caps.media_out,
        "location": part.wants == "location" and not caps.ask_location,
    }
    return [name for name, is_so in wrong.items() if is_so]


@settings(max_examples=400)
@given(replies(), looks())
def test_no_part_exceeds_what_the_channel_takes(reply: Reply, look: str) -> None:
    for part in lay_out(reply, LOOKS[look]):
        assert exceeds(part, LOOKS[look]) == []


@settings(max_examples=300)
@given(replies(), looks())
def test_nothing_of_the_text_is_lost(reply: Reply, look: str) -> None:
    caps = LOOKS[look]
    text = reply.short if caps.terse and reply.short else reply.text
    said = "".join(part.text for part in lay_out(reply, caps))
    # Two pieces may fold where the whole did not.
    assert squeezed(text) in squeezed(said)


def squeezed(text: str) -> str:
    return "".join(re.sub(r"\s", "", folded(letter)) for letter in text)


@settings(max_examples=300)
@given(replies(), looks())
def test_every_option_is_reached_by_its_number_on_some_page(reply: Reply, look: str) -> None:
    caps = LOOKS[look]
    reached: set[str] = set()
    for page in range(len(reply.choices) or 1):
        parts = lay_out(replace(reply, page=page), caps)
        said = "\n".join(part.text for part in parts)
        tapped = {b.number for part in parts for b in (*part.buttons, *part.items)}
        written = set(re.findall(r"(?m)^(\d+)[. ]", said))
        reached |= tapped | written
        if str(len(reply.choices)) in reached and len(reached - {"0"}) >= len(reply.choices):
            break
    assert {str(number) for number in range(1, len(reply.choices) + 1)} <= reached


def options(number: int, label: str = "Option") -> tuple[Choice, ...]:
    return tuple(Choice(f"{label} {n}", f"abcdefgh.1.{n}") for n in range(1, number + 1))


def asking(number: int, label: str = "Option", page: int = 0) -> Reply:
    more = Choice("More", "abcdefgh.1.more")
    return Reply(
        "Which?", choices=options(number, label), page=page, more=more, choose="Choose", how="Pick."
    )


@pytest.mark.parametrize(
    ("look", "number", "buttons", "items"),
    [
        ("telegram", 8, 8, 0),
        ("telegram", 9, 9, 0),  # eight and one that leads on
        ("whatsapp", 3, 3, 0),
        ("whatsapp", 4, 0, 4),
        ("whatsapp", 10, 0, 10),
        ("whatsapp", 11, 0, 10),  # nine and one that leads on
        ("sms", 3, 0, 0),
    ],
)
def test_options_become_what_the_channel_has(
    look: str, number: int, buttons: int, items: int
) -> None:
    (part,) = lay_out(asking(number), LOOKS[look])
    assert (len(part.buttons), len(part.items)) == (buttons, items)


def test_the_last_page_shows_the_rest_and_leads_back_to_the_first() -> None:
    (part,) = lay_out(asking(11, page=1), LOOKS["whatsapp"])
    assert [(b.label, b.number) for b in part.buttons] == [
        ("Option 10", "10"),
        ("Option 11", "11"),
        ("More", "0"),
    ]
    assert lay_out(asking(11, page=2), LOOKS["whatsapp"]) == lay_out(asking(11), LOOKS["whatsapp"])


def test_labels_too_long_for_a_button_stand_in_the_text_with_digits_on_the_buttons() -> None:
    (part,) = lay_out(asking(2, "An option whose label is long"), LOOKS["whatsapp"])
    assert [button.label for button in part.buttons] == ["1", "2"]
    assert "2. An option whose label is long 2" in part.text


def test_sms_numbers_its_options_and_says_how() -> None:
    (part,) = lay_out(asking(2), LOOKS["sms"])
    assert part.text == "Which?\n1 Option 1\n2 Option 2\nPick."


def test_sms_shows_five_at_once_where_all_would_take_more_than_two_segments() -> None:
    (part,) = lay_out(asking(20, "An option with quite some letters"), LOOKS["sms"])
    lines = part.text.splitlines()
    assert lines[1].startswith("1 ")
    assert lines[5].startswith("5 ")
    assert lines[6] == "0 More"


def test_media_go_as_a_link_where_the_channel_takes_none() -> None:
    reply = Reply("Look.", media=Attachment("photo", id="1"))
    (part,) = lay_out(reply, LOOKS["sms"], "https://example.org/media/x")
    assert part.text == "Look.\nhttps://example.org/media/x"
    assert part.media is None


def test_a_long_text_is_cut_between_sentences() -> None:
    sentences = [f"This is sentence number {n} of a long text." for n in range(40)]
    parts = lay_out(Reply(" ".join(sentences)), LOOKS["sms"])
    assert len(parts) > 1
    assert all(part.text.endswith(".") for part in parts)


def test_a_letter_is_not_parted_from_its_marks() -> None:
    parts = lay_out(Reply("क्षि" * 400), LOOKS["sms"])
    assert len(parts) > 1
    assert all(part.text.startswith("क") for part in parts)
