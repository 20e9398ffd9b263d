"""What the Bot API accepts, as strict as its documentation reads, for every method we call.

Stricter than the real one in one thing: a field that is not documented is refused, not ignored.
Source: https://core.telegram.org/bots/api#available-methods, Bot API 10.1"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

Check = Callable[[Any], str]
"""What is wrong with a value; empty where nothing is."""

TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "blockquote",
}
ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)")
LOOSE = re.compile(r"<(?!/?[a-z])")
FILLERS = "\u115f\u1160\u2800\u3164\uffa0\u034f"


def units(text: str) -> int:
    """How long a text is to Telegram: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return all(
        c in FILLERS or unicodedata.category(c) in ("Cc", "Cf", "Zs", "Zl", "Zp") for c in text
    )


def whole(least: int = -(2**63), most: int = 2**63) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            return "is no whole number"
        return "" if least <= value <= most else f"is not between {least} and {most}"

    return check


def text(least: int, most: int, pattern: str = "", of: str = "units") -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            return "is no text"
        try:
            size = units(value) if of == "units" else len(value.encode())
        except UnicodeEncodeError:
            return "must be encoded in UTF-8"
        if not least <= size <= most:
            return f"has {size} {of}, allowed {least}-{most}"
        return "" if not pattern or re.fullmatch(pattern, value) else "has characters not allowed"

    return check


def flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "is neither true nor false"


def true(value: Any) -> str:
    return "" if value is True else "is not true"


def one_of(*allowed: str) -> Check:
    return lambda value: "" if value in allowed else f"is none of {', '.join(allowed)}"


def list_of(check: Check, most: int) -> Check:
    def checked(value: Any) -> str:
        if not isinstance(value, list):
            return "is no list"
        if len(value) > most:
            return f"has {len(value)} items, at most {most}"
        return next((f"[{n}] {bad}" for n, one in enumerate(value) if (bad := check(one))), "")

    return checked


def fields(rules: Mapping[str, Check]) -> Check:
    """An object; a name with "!" behind it is of a field that must be there."""
    known = {name.rstrip("!"): check for name, check in rules.items()}
    wanted = {name.rstrip("!") for name in rules if name.endswith("!")}

    def check(value: Any) -> str:
        if not isinstance(value, dict):
            return "is no object"
        missing = sorted(wanted - value.keys())
        if missing:
            return f"lacks {', '.join(missing)}"
        for name, one in value.items():
            if name not in known:
                return f"has {name}, which is not documented"
            if bad := known[name](one):
                return f".{name} {bad}"
        return ""

    return check


def _visible(check: Check) -> Check:
    return lambda value: check(value) or ("shows nothing" if is_blank(value) else "")


_INLINE_BUTTON = fields(
    {
        "text!": _visible(text(1, 4096)),
        "callback_data!": text(1, 64, of="bytes"),
    }
)
_KEY = fields({"text!": _visible(text(1, 4096)), "request_contact": true, "request_location": true})


def _rows(button: Check, most: int) -> Check:
    def check(value: Any) -> str:
        if bad := list_of(list_of(button, 8), most)(value):
            return bad
        if not all(value):
            return "has an empty row"
        number = sum(len(row) for row in value)
        return "" if number <= most else f"has {number} buttons, at most {most}"

    return check


_MARKUPS = {
    "inline_keyboard": fields({"inline_keyboard!": _rows(_INLINE_BUTTON, 100)}),
    "keyboard": fields(
        {
            "keyboard!": _rows(_KEY, 300),
            "is_persistent": flag,
            "resize_keyboard": flag,
            "one_time_keyboard": flag,
            "input_field_placeholder": text(1, 64),
            "selective": flag,
        }
    ),
    "remove_keyboard": fields({"remove_keyboard!": true, "selective": flag}),
}


def markup(value: Any) -> str:
    """A reply markup is of exactly one kind."""
    if not isinstance(value, dict):
        return "is no object"
    kinds = [kind for kind in _MARKUPS if kind in value]
    return _MARKUPS[kinds[0]](value) if len(kinds) == 1 else "is of no kind, or of several"


def chat(value: Any) -> str:
    return whole()(value) if not isinstance(value, str) else text(2, 33, r"@[A-Za-z0-9_]+")(value)


_FILE = text(1, 4096)
_SENT: dict[str, Check] = {
    "chat_id!": chat,
    "parse_mode": one_of("HTML"),
    "disable_notification": flag,
    "protect_content": flag,
    "reply_markup": markup,
}
_CAPTION = {"caption": text(0, 2**20)}
_COMMAND = fields({"command!": text(1, 32, r"[a-z0-9_]+"), "description!": _visible(text(1, 256))})
_LANGUAGE = text(0, 2, r"([a-z]{2})?")
_SCOPE = fields({"type!": one_of("default", "all_private_chats", "all_group_chats")})
_KINDS = one_of("message", "edited_message", "callback_query", "my_chat_member")

METHODS: Mapping[str, Check] = {
    "getMe": fields({}),
    "getUpdates": fields(
        {
            "offset": whole(),
            "limit": whole(1, 100),
            "timeout": whole(0, 50),
            "allowed_updates": list_of(_KINDS, 30),
        }
    ),
    "setWebhook": fields(
        {
            "url!": text(1, 2048, r"https?://\S+"),
            "secret_token!": text(1, 256, r"[A-Za-z0-9_-]+"),
            "max_connections": whole(1, 100),
            "allowed_updates": list_of(_KINDS, 30),
            "drop_pending_updates": flag,
        }
    ),
    "deleteWebhook": fields({"drop_pending_updates": flag}),
    "getWebhookInfo": fields({}),
    "sendMessage": fields(
        {
            **_SENT,
            "text!": text(1, 2**20),
            "link_preview_options": fields({"is_disabled": flag}),
        }
    ),
    "sendPhoto": fields({**_SENT, **_CAPTION, "photo!": _FILE}),
    "sendVoice": fields({**_SENT, **_CAPTION, "voice!": _FILE, "duration": whole(0)}),
    "sendDocument": fields({**_SENT, **_CAPTION, "document!": _FILE}),
    "sendChatAction": fields(
        {"chat_id!": chat, "action!": one_of("typing", "upload_photo", "record_voice")}
    ),
    "editMessageReplyMarkup": fields(
        {"chat_id!": chat, "message_id!": whole(1), "reply_markup": _MARKUPS["inline_keyboard"]}
    ),
    "answerCallbackQuery": fields(
        {"callback_query_id!": text(1, 64), "text": text(0, 200), "show_alert": flag}
    ),
    "getFile": fields({"file_id!": _FILE}),
    "leaveChat": fields({"chat_id!": chat}),
    "setMyCommands": fields(
        {"commands!": list_of(_COMMAND, 100), "language_code": _LANGUAGE, "scope": _SCOPE}
    ),
    "getMyCommands": fields({"language_code": _LANGUAGE, "scope": _SCOPE}),
    "deleteMyCommands": fields({"language_code": _LANGUAGE, "scope": _SCOPE}),
    "setChatMenuButton": fields(
        {"chat_id": whole(), "menu_button": fields({"type!": one_of("commands", "default")})}
    ),
    "getChatMenuButton": fields({"chat_id": whole()}),
}


def wrong(method: str, parameters: Mapping[str, Any]) -> str:
    """What the Bot API would say against a call; empty where it takes it."""
    check = METHODS.get(method)
    if check is None:
        return f"{method} is no method"
    if bad := check(dict(parameters)):
        return bad
    html = parameters.get("parse_mode") == "HTML"
    if "text" in parameters and method == "sendMessage":
        return _shown(parameters["text"], 4096, html, "message text is empty")
    if parameters.get("caption"):
        return _shown(parameters["caption"], 1024, html, "")
    return ""


def _shown(written: str, most: int, html: bool, empty: str) -> str:
    """A text after what it is formatted by was taken out."""
    plain = written
    if html:
        parser = _Html()
        parser.feed(written)
        parser.close()
        if ENTITY.search(written) or LOOSE.search(written) or parser.open or parser.wrong:
            return "can't parse entities"
        plain = "".join(parser.text)
    plain = plain.strip()
    if units(plain) > most:
        return "message is too long" if most > 1024 else "message caption is too long"
    return empty if is_blank(plain) else ""


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []
        self.wrong = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.wrong = self.wrong or tag not in TAGS
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.wrong = self.wrong or not self.open or self.open.pop() != tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
