"""What the environment says of SMS gateways beside Twilio: an aggregator's HTTP service, or an
application on a telephone with a local card."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

LEAST_SECRET = 16
PLACEHOLDERS = {"to": "+50499887766", "digits": "50499887766", "text": "", "id": "", "from": ""}

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,19}$")]
Prefix = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{0,9}$")]
Words = Annotated[str, Field(max_length=2000)]


class Gateway(BaseModel):
    """One gateway. It hands over what people write by `POST /sms/NAME`, showing `secret`.

    `prefixes`: the numbers it serves, +504; of several gateways the longest prefix decides. A
    message goes to `url` with `fields`, in which {to} (+504…), {digits} (504…), {text}, {id} (the
    same for the same message, for ever) and {from} (`number`, ours there) are filled in; the whole
    as a form, as JSON or, with GET, as a query. `answer_id`: where in a JSON answer the gateway's
    own id stands, by dots. `rate`: messages a second. `once`: it sends the same {id} once, however
    often it is handed over. `two_way`: people can answer. `incoming`: its names for "from",
    "text", "id", "to", "status", "at", where they are none of the usual."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: Name
    prefixes: tuple[Prefix, ...] = Field(min_length=1)
    secret: Annotated[str, Field(min_length=LEAST_SECRET, max_length=200, repr=False)]
    url: str
    method: Literal["POST", "GET"] = "POST"
    format: Literal["form", "json"] = "form"
    fields: Mapping[str, Words] = Field(default={"to": "{to}", "text": "{text}", "id": "{id}"})
    headers: Mapping[str, Words] = Field(default={}, repr=False)
    number: Annotated[str, Field(pattern=r"^(\+?[0-9]{3,15}|[A-Za-z0-9 ]{2,11})?$")] = ""
    rate: Annotated[float, Field(gt=0, le=1000)] = 1.0
    answer_id: str = ""
    once: bool = False
    two_way: bool = True
    incoming: Mapping[Literal["from", "text", "id", "to", "status", "at"], str] = {}

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            right = False
        if not right:
            raise ValueError("is no address of a server: set it to https://…")
        return value

    @field_validator("fields")
    @classmethod
    def _filled(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        asked = "".join(value.values())
        if "{text}" not in asked or not ("{to}" in asked or "{digits}" in asked):
            raise ValueError("must have {text}, and {to} or {digits}")
        for name, words in value.items():
            try:
                words.format_map(PLACEHOLDERS)
            except (KeyError, ValueError, IndexError, AttributeError):
                known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
                raise ValueError(f"{name} has a placeholder that is none of {known}") from None
        return value

    @property
    def line(self) -> str:
        """What an address is noted to have written to, so that answers go back the same way."""
        return f"gateway:{self.name}"

    @property
    def region(self) -> str:
        """ISO 3166 code of the country it is in, by its first prefix."""
        digits = self.prefixes[0].removeprefix("+")
        for length in range(min(3, len(digits)), 0, -1):
            found = phonenumbers.region_code_for_country_code(int(digits[:length]))
            if found != "ZZ":
                return str(found)
        return "ZZ"

    def serves(self, number: str) -> int:
        """How long a prefix of the number it serves; 0 where it does not."""
        return max((len(one) for one in self.prefixes if number.startswith(one)), default=0)


Read = Callable[[str, str, Callable[[str], Any]], Any]


def read_gateways(read: Read, public_url: str | None) -> tuple[Gateway, ...]:
    """The gateways; `read` collects what is wrong with them."""
    gateways: tuple[Gateway, ...] | None = read("SMS_GATEWAYS", "", gateways_of)
    if gateways and public_url == "" and any(one.two_way for one in gateways):
        read("PUBLIC_URL", "", _needed)
    return gateways or ()


def _needed(value: str) -> str:
    if not value:
        raise ValueError(
            "is not set: set it to the address by which the SMS gateways reach us, https://…"
        )
    return value


def gateways_of(value: str) -> tuple[Gateway, ...]:
    """From JSON, or from the file it names (.json or .toml with [[gateways]]). Raises ValueError
    with every mistake."""
    if not value:
        return ()
    rows = _rows(value)
    found, wrong = [], []
    for number, row in enumerate(rows, 1):
        try:
            found.append(Gateway.model_validate(row))
        except ValidationError as error:
            named = row.get("name") if isinstance(row, dict) else None
            where = f"gateway {named if isinstance(named, str) else number}"
            wrong += [f"{where}, {_place(one['loc'])}: {_words(one)}" for one in error.errors()]
    for what, names in (
        ("name", [one.name for one in found]),
        ("prefix", [prefix for one in found for prefix in one.prefixes]),
    ):
        wrong += [f"{what} {one} is there twice" for one in sorted(_twice(names))]
    if wrong:
        raise ValueError(f"cannot be used: {'; '.join(wrong)}")
    return tuple(found)


def _rows(value: str) -> list[Any]:
    text, is_toml = value, False
    if re.search(r"\.(json|toml)$", value) and not value.lstrip().startswith(("[", "{")):
        path = Path(value.removeprefix("file://")).expanduser()
        try:
            text, is_toml = path.read_text(encoding="utf-8"), path.suffix == ".toml"
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "it is no text"
            raise ValueError(f"names {value}, which cannot be read: {why}") from None
    try:
        rows = tomllib.loads(text).get("gateways") if is_toml else json.loads(text)
    except ValueError as problem:
        raise ValueError(
            f"is no {'TOML' if is_toml else 'JSON'}: {problem}; set it to a JSON list of gateways "
            "or to the path of a .json or .toml file"
        ) from None
    if isinstance(rows, dict):
        rows = rows.get("gateways", [rows])
    if not isinstance(rows, list) or not rows:
        raise ValueError("holds no list of gateways")
    return rows


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "as a whole"


def _words(error: Any) -> str:
    """What is wrong, never the value: it may be a secret."""
    said = str(error["msg"]).removeprefix("Value error, ")
    return "is missing" if error["type"] == "missing" else said


def _twice(names: list[str]) -> set[str]:
    return {one for one in names if names.count(one) > 1}
