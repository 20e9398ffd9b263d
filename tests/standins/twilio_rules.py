"""What Twilio takes when a message or a Content resource is created, to the letter: its API
description, and the limits that its documentation and its errors state in prose.

Each rule gives the code of the error that Twilio answers with, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_NAMES = """
    To StatusCallback ApplicationSid MaxPrice ProvideFeedback Attempt ValidityPeriod
    ForceDelivery ContentRetention AddressRetention SmartEncoded PersistentAction TrafficType
    ShortenUrls ScheduleType SendAt SendAsMms ContentVariables RiskCheck From FallbackFrom
    MessagingServiceSid Body MediaUrl ContentSid
"""
PARAMETERS = frozenset(_NAMES.split())
REPEATED = frozenset({"MediaUrl", "PersistentAction"})
NUMBER = re.compile(r"\+[1-9][0-9]{4,14}")
USER = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
SENDER = re.compile(r"\+[1-9][0-9]{4,14}|[0-9]{3,8}|[A-Za-z0-9 ]{2,11}")
VARIABLE = re.compile(r"{{([A-Za-z0-9_]+)}}")
TEXTS = {"twilio/text", "twilio/quick-reply", "twilio/list-picker", "twilio/media"}

Wrong = tuple[int, str] | None


@dataclass
class Content:
    """A Content resource. `status` is what Meta says of it as a template."""

    sid: str
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: dict[str, Any]
    status: str = "unsubmitted"
    name: str = ""
    category: str = ""
    why: str = ""

    @property
    def kind(self) -> str:
        return next(iter(self.types))


@dataclass(frozen=True)
class Rendered:
    """What a person sees of a message: its text, what can be tapped, and its files."""

    text: str
    buttons: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    media: tuple[str, ...] = ()


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def wrong_message(form: Sequence[tuple[str, str]]) -> Wrong:
    """Why a message cannot be created; None where nothing is wrong with its shape."""
    names = [name for name, _ in form]
    unknown = sorted(set(names) - PARAMETERS)
    if unknown:
        return 20001, f"unknown parameters {unknown}"
    twice = sorted({n for n in names if names.count(n) > 1 and n not in REPEATED})
    if twice:
        return 20001, f"given twice: {twice}"
    one = dict(form)
    checks = (_recipient, _sender, _said, _media, _how)
    return next((found for check in checks if (found := check(one, form))), None)


def _recipient(one: Mapping[str, str], _: object) -> Wrong:
    to = one.get("To", "")
    if not to:
        return 21604, "no To"
    path = to.removeprefix("whatsapp:")
    right = NUMBER.fullmatch(path) or (path != to and USER.fullmatch(path))
    return None if right else (21211, "To is no number")


def _sender(one: Mapping[str, str], _: object) -> Wrong:
    sender, service = one.get("From"), one.get("MessagingServiceSid")
    if not sender and not service:
        return 21603, "no From and no MessagingServiceSid"
    if service is not None and not re.fullmatch("MG[0-9a-fA-F]{32}", service):
        return 21701, "no Messaging Service"
    if sender is not None and not SENDER.fullmatch(sender.removeprefix("whatsapp:")):
        return 21212, "From is no sender"
    apart = sender is not None and sender.startswith("whatsapp:") != _is_whatsapp(one)
    return (21910, "From and To are of two channels") if apart else None


def _is_whatsapp(one: Mapping[str, str]) -> bool:
    return one["To"].startswith("whatsapp:")


def _said(one: Mapping[str, str], _: object) -> Wrong:
    body, sid, values = one.get("Body"), one.get("ContentSid"), one.get("ContentVariables")
    if sid is not None and (body is not None or "MediaUrl" in one):
        return 20001, "ContentSid with Body or MediaUrl"
    if values is not None and sid is None:
        return (35127 if body is not None else 21654), "ContentVariables without ContentSid"
    if sid is not None and not re.fullmatch("HX[0-9a-fA-F]{32}", sid):
        return 21655, "ContentSid is none"
    if body is None and sid is None and "MediaUrl" not in one:
        return 21619, "nothing to say"
    if body is not None and not body.strip() and "MediaUrl" not in one:
        return 21602, "an empty Body"
    if body is not None and units(body) > 1600:
        return 21617, f"a Body of {units(body)}"
    if body is not None and ("\0" in body or any("\ud800" <= c <= "\udfff" for c in body)):
        return 20001, "a character that cannot be said"
    if body is not None and "MediaUrl" in one and _is_whatsapp(one) and units(body) > 1024:
        return 63005, f"a caption of {units(body)}"
    return _variables(values) if sid is not None else None


def _variables(told: str | None) -> Wrong:
    if told is None:
        return 21656, "no ContentVariables"
    try:
        values = json.loads(told)
    except ValueError:
        return 21656, "ContentVariables are no JSON"
    if not isinstance(values, dict) or len(values) > 100:
        return 21656, "ContentVariables are no object of at most 100"
    for key, value in values.items():
        if not 0 < len(key) <= 16 or not isinstance(value, str) or not value.strip():
            return 21656, f"variable {key} is empty or no text"
        if units(value) > 1600:
            return 21656, f"variable {key} is too long"
    return None


def _media(one: Mapping[str, str], form: Sequence[tuple[str, str]]) -> Wrong:
    urls = [value for name, value in form if name == "MediaUrl"]
    most = 1 if _is_whatsapp(one) else 10
    if len(urls) > most:
        return 21623, f"{len(urls)} files"
    bad = [url for url in urls if urlsplit(url).scheme not in ("http", "https")]
    return (21620, "a MediaUrl that is none") if bad else None


def _how(one: Mapping[str, str], _: object) -> Wrong:
    callback, valid = one.get("StatusCallback"), one.get("ValidityPeriod")
    if callback is not None:
        parts = urlsplit(callback)
        if parts.scheme not in ("http", "https") or not parts.hostname or " " in callback:
            return 21609, "a StatusCallback that is none"
    if valid is not None and not (valid.isdigit() and 1 <= int(valid) <= 36000):
        return 21624, "ValidityPeriod is not 1 to 36000"
    return None


def wrong_content(body: Any) -> Wrong:
    """Why a Content resource cannot be created."""
    if not isinstance(body, dict) or not isinstance(body.get("types"), dict):
        return 20001, "no types"
    unknown = set(body) - {"friendly_name", "language", "variables", "types"}
    if unknown or not isinstance(body.get("language"), str) or not body["language"]:
        return 20001, f"no language, or unknown {sorted(unknown)}"
    if len(body.get("friendly_name", "")) > 64:
        return 20001, "a long name"
    variables = body.get("variables", {})
    if not all(isinstance(v, str) and v for v in variables.values()):
        return 20001, "variables without a sample"
    if len(body["types"]) != 1 or not set(body["types"]) <= TEXTS:
        return 20001, f"types {sorted(body['types'])}"
    ((kind, fields),) = body["types"].items()
    used = set(VARIABLE.findall(json.dumps(fields)))
    if used != set(variables):
        return 20001, f"variables {sorted(used ^ set(variables))} used or given alone"
    return _wrong_type(kind, fields)


def _wrong_type(kind: str, fields: Mapping[str, Any]) -> Wrong:
    names = {
        "twilio/text": {"body"},
        "twilio/quick-reply": {"body", "actions"},
        "twilio/list-picker": {"body", "button", "items"},
        "twilio/media": {"body", "media"},
    }[kind]
    if set(fields) != names or not fields.get("body"):
        return 20001, f"{kind} with {sorted(fields)}"
    return wrong_rendered(kind, fields, strict=False)


def wrong_rendered(kind: str, fields: Mapping[str, Any], strict: bool = True) -> Wrong:
    """Why WhatsApp shows no such message; not `strict`: variables may still become anything."""
    most = 1024 if kind != "twilio/text" else 1600
    if units(fields["body"]) > most or not fields["body"].strip():
        return 63005, f"a body of {units(fields['body'])}"
    if kind == "twilio/quick-reply":
        actions = fields["actions"]
        unknown = {k for a in actions for k in a} - {"type", "title", "id"}
        if (
            not 1 <= len(actions) <= 3
            or unknown
            or any(a["type"] != "QUICK_REPLY" for a in actions)
        ):
            return 63005, f"{len(actions)} buttons {unknown or ''}"
        return _wrong_labels([(a["title"], a["id"]) for a in actions], 20, strict)
    if kind == "twilio/list-picker":
        items = fields["items"]
        unknown = {k for i in items for k in i} - {"item", "id", "description"}
        if not 1 <= len(items) <= 10 or unknown or not 0 < units(fields["button"]) <= 20:
            return (
                63005,
                f"{len(items)} items, a button of {units(fields['button'])} {unknown or ''}",
            )
        if any(units(i.get("description", "")) > 72 for i in items):
            return 63005, "a long description"
        return _wrong_labels([(i["item"], i["id"]) for i in items], 24, strict)
    return None


def _wrong_labels(labels: Sequence[tuple[str, str]], most: int, strict: bool) -> Wrong:
    for label, id in labels:
        if not 0 < units(label) <= most or (strict and not label.strip()) or "\n" in label:
            return 63005, f"a label of {units(label)}"
        if not 0 < units(id) <= 200:
            return 63005, f"an id of {units(id)}"
    if strict and len({label for label, _ in labels}) < len(labels):
        return 63005, "labels that are the same"
    if strict and len({id for _, id in labels}) < len(labels):
        return 63005, "ids that are the same"
    return None


def wrong_approval(content: Content, name: str, category: str) -> Wrong:
    """Why a template cannot be submitted to Meta."""
    if not re.fullmatch("[a-z0-9_]{1,512}", name):
        return 20001, "a name of other than small letters, digits and _"
    if category not in ("UTILITY", "MARKETING", "AUTHENTICATION"):
        return 20001, "no category of Meta's"
    if content.kind == "twilio/list-picker":
        return 20001, "a list is never approved"
    body = content.types[content.kind]["body"]
    if VARIABLE.match(body.strip()) or body.strip().endswith("}}"):
        return 20001, "it begins or ends with a variable"
    if content.language not in META:
        return 20001, f"Meta knows no language {content.language}"
    return None


_LANGUAGES = """
    af sq ar az bn bg ca zh_CN zh_HK zh_TW hr cs da nl en en_GB en_US et fil fi fr ka de el gu
    ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt mk ms ml mr nb fa pl pt_BR pt_PT pa
    ro ru sr sk sl es es_AR es_ES es_MX sw sv ta te th tr uk ur uz vi zu
"""
META = frozenset(_LANGUAGES.split())


def rendered(content: Content, told: str) -> tuple[Wrong, Rendered]:
    """What a resource says with these variables, and what is wrong with that."""
    values: dict[str, str] = json.loads(told)
    missing = sorted(set(content.variables) - set(values))
    if missing or set(values) - set(content.variables):
        return (21656, f"variables {missing or sorted(values)} do not fit"), Rendered("")
    filled = _filled(content.types[content.kind], values)
    found = wrong_rendered(content.kind, filled)
    buttons = {a["title"]: a["id"] for a in filled.get("actions", ())}
    items = {i["item"]: i["id"] for i in filled.get("items", ())}
    return found, Rendered(filled["body"], buttons, items)


def _filled(what: Any, values: Mapping[str, str]) -> Any:
    if isinstance(what, dict):
        return {name: _filled(value, values) for name, value in what.items()}
    if isinstance(what, list):
        return [_filled(one, values) for one in what]
    if isinstance(what, str):
        return VARIABLE.sub(lambda found: values.get(found[1], ""), what)
    return what


def wrong_variables_of_a_template(told: str) -> Wrong:
    """Why Meta takes no such variable of an approved template."""
    for key, value in json.loads(told).items():
        if re.search(r"[\n\r\t]| {4,}", value):
            return 63013, f"variable {key} has a line feed, a tab or a run of blanks"
    return None
