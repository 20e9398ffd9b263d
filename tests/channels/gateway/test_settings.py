"""`SMS_GATEWAYS`: what can be read of it, and that every mistake is named at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.channels.gateway_doctor import findings
from bot.gateway_accounts import gateways_of
from bot.settings import SettingsError, load
from tests.channels.gateway.conftest import SECRET

TIGO: dict[str, Any] = {
    "name": "tigo", "prefixes": ["+505"], "secret": SECRET, "url": "https://sms.example/send"
}  # fmt: skip
KEY = {"DATABASE_KEY": "k" * 32, "PUBLIC_URL": "https://chat.example.org"}


def test_json_and_files_say_the_same(tmp_path: Path) -> None:
    by_json = gateways_of(json.dumps([TIGO]))
    (tmp_path / "g.json").write_text(json.dumps({"gateways": [TIGO]}))
    lines = ["[[gateways]]", *(f"{name} = {json.dumps(value)}" for name, value in TIGO.items())]
    (tmp_path / "g.toml").write_text("\n".join(lines))
    assert gateways_of(str(tmp_path / "g.json")) == by_json
    assert gateways_of(str(tmp_path / "g.toml")) == by_json
    assert by_json[0].region == "NI"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"url": "sms.example"}, "url"),
        ({"secret": "short"}, "secret"),
        ({"prefixes": ["505"]}, "prefixes"),
        ({"fields": {"to": "{to}"}}, "must have {text}"),
        ({"fields": {"to": "{to}", "text": "{text} {who}"}}, "placeholder"),
        ({"name": "Tigo NI"}, "name"),
        ({"pace": 3}, "pace"),
    ],
)
def test_a_mistake_is_named_with_its_gateway_and_field(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError) as error:
        load({**KEY, "SMS_GATEWAYS": json.dumps([TIGO | wrong])})
    (problem,) = error.value.problems
    assert problem.startswith("SMS_GATEWAYS cannot be used: gateway ")
    assert named in problem
    assert "short" not in problem.replace("shorter", "")


@pytest.mark.parametrize("value", ["{", "[]", "3", '"x"', "/nowhere/gateways.toml"])
def test_what_is_no_list_of_gateways_is_said(value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load({**KEY, "SMS_GATEWAYS": value})
    assert error.value.problems[0].startswith("SMS_GATEWAYS ")


def test_names_and_prefixes_are_each_there_once() -> None:
    with pytest.raises(ValueError, match=r"name tigo is there twice; prefix \+505 is there twice"):
        gateways_of(json.dumps([TIGO, TIGO]))


def test_a_gateway_that_people_can_answer_by_needs_our_address() -> None:
    with pytest.raises(SettingsError) as error:
        load({"DATABASE_KEY": "k" * 32, "SMS_GATEWAYS": json.dumps([TIGO])})
    assert error.value.problems[0].startswith("PUBLIC_URL ")
    one_way = json.dumps([TIGO | {"two_way": False}])
    assert load({"DATABASE_KEY": "k" * 32, "SMS_GATEWAYS": one_way}).gateways[0].name == "tigo"


def test_the_doctor_says_what_works_in_each_country() -> None:
    twilio = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "t",
        "TWILIO_SMS_FROM": "+14155550123",
    }  # fmt: skip
    alone = load({**KEY, **twilio, "COUNTRY": "TZ"})
    assert [f.mark for f in findings(alone)] == ["!!"]
    both = load({**KEY, **twilio, "SMS_GATEWAYS": json.dumps([TIGO])})
    said = [str(finding) for finding in findings(both)]
    assert said[0].endswith("it brings answers to https://chat.example.org/sms/tigo.")
    assert said[1:] == ["ok  Honduras: SMS by Twilio.", "ok  Nicaragua: SMS by tigo."]
