"""How a reply looks where only so much can be shown: pure, the same for every channel.

Options become buttons or a list where they fit, and are numbered in the text where they do not;
what is too long is cut into several parts. Whatever a part looks like, typing an option's number
answers it, so the order of the options is the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.channels.cutting import clipped, pieces
from bot.channels.segments import count, folded
from bot.messages import Attachment, Caps, Choice, Reply

ONE_LOOK = 2
"""Segments that all options of a question may take at once before they are shown by pages."""


@dataclass(frozen=True)
class Button:
    """What is tapped; `payload` comes back. In a list it may have a description. `number` is what
    may be typed instead."""

    label: str
    payload: str
    description: str = ""
    number: str = ""


@dataclass(frozen=True)
class Part:
    """One message of the far side. `menu` names the button that opens `items`."""

    text: str
    buttons: tuple[Button, ...] = ()
    items: tuple[Button, ...] = ()
    menu: str = ""
    wants: str = ""
    media: Attachment | None = None


@dataclass(frozen=True)
class _Shown:
    """The options of one page with the numbers they answer to; `more` leads on to the next."""

    options: tuple[tuple[str, Choice], ...] = ()
    more: Choice | None = None

    @property
    def all(self) -> tuple[tuple[str, Choice], ...]:
        return (*self.options, ("0", self.more)) if self.more else self.options


def lay_out(reply: Reply, caps: Caps, link: str = "") -> tuple[Part, ...]:
    """The parts of a reply in order; no part exceeds what `caps` allows.

    `link` stands for the reply's media where the channel takes none."""
    text = (reply.short if caps.terse and reply.short else reply.text).strip()
    if reply.media and (reply.audio or reply.media.kind == "document") and not caps.media_out:
        reply = replace(reply, media=None)  # the words say it all
    if reply.media and not caps.media_out and link:
        text = f"{text}\n{link}".strip()
    shown = _page(reply, caps, text)
    style = _style(shown, caps, bool(text))
    parts = (
        _numbered(reply, text, shown, caps)
        if style == "text"
        else (_tappable(reply, text, shown, caps, style))
    )
    parts = _with_media(reply, parts, caps)
    return _wanting(reply, parts, caps)


def _page(reply: Reply, caps: Caps, text: str) -> _Shown:
    numbered = tuple((str(n), choice) for n, choice in enumerate(reply.choices, 1))
    if _at_once(reply, caps, text):
        return _Shown(numbered)
    size = _page_size(reply, caps)
    last = -(-len(numbered) // size)
    first = (reply.page % last) * size
    return _Shown(numbered[first : first + size], reply.more)


def _page_size(reply: Reply, caps: Caps) -> int:
    return min(caps.page, reply.most) if caps.sms and reply.most else caps.page


def _at_once(reply: Reply, caps: Caps, text: str) -> bool:
    """Whether all options are shown together; also where nothing could lead to the next page."""
    number = len(reply.choices)
    if number <= _page_size(reply, caps) or reply.more is None:
        return True
    if caps.sms and reply.most:
        return False
    if caps.sms:
        whole = _fold(_body(reply, text, _Shown(_all(reply)), caps), caps)
        return count(whole).segments <= ONE_LOOK
    return number <= caps.items


def _all(reply: Reply) -> tuple[tuple[str, Choice], ...]:
    return tuple((str(n), choice) for n, choice in enumerate(reply.choices, 1))


def _style(shown: _Shown, caps: Caps, has_text: bool) -> str:
    number = len(shown.all)
    long = any(len(c.payload.encode()) > caps.payload_bytes for _, c in shown.all)
    if not number or long or not has_text:
        return "text"
    if number <= caps.buttons:
        return "buttons"
    return "items" if number <= caps.items else "text"


def _numbered(reply: Reply, text: str, shown: _Shown, caps: Caps) -> tuple[Part, ...]:
    body = _fold(_body(reply, text, shown, caps), caps)
    return tuple(Part(piece) for piece in pieces(body, _fits(caps, caps.text)))


def _tappable(reply: Reply, text: str, shown: _Shown, caps: Caps, style: str) -> tuple[Part, ...]:
    listed = style == "items"
    limit = caps.item_chars if listed else caps.button_chars
    labels = [_label(choice, caps) for _, choice in shown.all]
    described = any(
        length(c.description, caps) > (caps.description_chars if listed else 0)
        for _, c in shown.options
    )
    plain = (
        not described
        and _tell_apart(labels)
        and all(0 < length(one, caps) <= limit for one in labels)
    )
    if not plain:
        text = _body(replace(reply, how=""), text, replace(shown, more=None), caps)
        labels = [
            _label(choice, caps)
            if number == "0" and 0 < length(_label(choice, caps), caps) <= limit
            else number
            for number, choice in shown.all
        ]
    tappable = tuple(
        Button(label, choice.payload, choice.description if listed and plain else "", number)
        for label, (number, choice) in zip(labels, shown.all, strict=True)
    )
    *before, last = _around(text, caps)
    menu = clipped(reply.choose or "…", lambda label: length(label, caps) <= caps.button_chars)
    return (
        *(Part(piece) for piece in before),
        Part(last, items=tappable, menu=menu) if listed else Part(last, buttons=tappable),
    )


def _around(text: str, caps: Caps) -> list[str]:
    """The text in pieces, of which the last may stand over options."""
    limit = min(caps.text, caps.body_with_options)
    if _fits(caps, limit)(text):
        return [text]
    found = list(pieces(text, _fits(caps, caps.text)))
    return [*found[:-1], *pieces(found[-1], _fits(caps, limit))]


def _body(reply: Reply, text: str, shown: _Shown, caps: Caps) -> str:
    """The text with its options as numbered lines, and how to answer."""
    mark = "" if caps.sms else "."
    lines = [f"{number}{mark} {_line(choice, caps)}".rstrip() for number, choice in shown.all]
    how = reply.how if lines else ""
    blocks = [text, "\n".join(lines), how]
    return ("\n" if caps.sms else "\n\n").join(block for block in blocks if block)


def _line(choice: Choice, caps: Caps) -> str:
    label = _label(choice, caps)
    return f"{label}: {choice.description}" if choice.description else label


def _label(choice: Choice, caps: Caps) -> str:
    label = choice.short if caps.terse and choice.short else choice.label
    return " ".join(label.split())


def _tell_apart(labels: list[str]) -> bool:
    return len({label.casefold() for label in labels}) == len(labels)


def _fold(text: str, caps: Caps) -> str:
    return folded(text) if caps.sms else text


def _fits(caps: Caps, limit: int) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        if caps.segments and count(text).segments > caps.segments:
            return False
        return length(text, caps) <= limit

    return fits


def length(text: str, caps: Caps) -> int:
    """How long a text is as the channel counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if caps.utf16 else len(text)


def _with_media(reply: Reply, parts: tuple[Part, ...], caps: Caps) -> tuple[Part, ...]:
    """Media go with the first words where these fit as a caption, else before them."""
    if reply.media is None or not caps.media_out:
        return parts
    if (
        parts
        and not parts[0].buttons
        and not parts[0].items
        and (length(parts[0].text, caps) <= caps.caption)
    ):
        return (replace(parts[0], media=reply.media), *parts[1:])
    return (Part("", media=reply.media), *parts)


def _wanting(reply: Reply, parts: tuple[Part, ...], caps: Caps) -> tuple[Part, ...]:
    can = {
        "location": caps.ask_location,
        "contact": caps.ask_contact,
        "photo": caps.media_in,
        "voice": caps.media_in,
    }
    if not parts or not can.get(reply.wants, False):
        return parts
    return (*parts[:-1], replace(parts[-1], wants=reply.wants))
