"""The registry of templates, the command that shows and submits them, and what the doctor says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import templates
from bot.channels import twilio_doctor
from bot.channels.twilio_api import Api
from bot.channels.twilio_templates import Templates, template_of
from bot.channels.twilio_wording import META, Needed, meta_language, needed
from bot.findings import MISSING, WELL, WRONG
from bot.house import House
from bot.messages import Reply
from bot.openings import OCCASIONS, body, flattened, notice, occasion_of
from bot.settings import known_languages, load
from bot.template_file import Named, read_file
from bot.usage import UsageError
from tests.channels.twilio.programme import account_for, settings_for, usual
from tests.standins.twilio import SERVICE, SMS, WHATSAPP, TwilioServer
from tests.standins.twilio_rules import Content, wrong_approval, wrong_content

PUBLIC = "https://bot.example"
NAMED = 'purpose = "message"\nlanguage = "es"\ncontent = "HX' + "1" * 32 + '"\n'


@pytest.fixture
async def api(server: TwilioServer) -> AsyncIterator[Api]:
    async with Api(account_for(server)) as opened:
        yield opened


def house_for(server: TwilioServer, **account: object) -> House:
    return replace(usual(), settings=settings_for(server, PUBLIC, **account))


def everything() -> list[Needed]:
    """What is needed in every language that has a catalogue."""
    house = usual()
    offered = replace(house.settings, languages=known_languages())
    return list(needed(replace(house, settings=offered)))


@pytest.mark.parametrize("need", everything(), ids=lambda need: need.name)
def test_every_template_in_every_language_is_one_that_twilio_and_meta_take(need: Needed) -> None:
    assert wrong_content(need.definition) is None
    (kind,) = need.definition["types"]
    made = Content("HX", **need.definition)
    assert made.kind == kind
    assert wrong_approval(made, need.name, need.occasion.category) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("es", "es"), ("es_HN", "es"), ("es_MX", "es_MX"), ("pt", "pt_PT"), ("am", ""), ("ht", "")],
)
def test_a_language_of_ours_goes_by_metas_name_or_has_no_templates(ours: str, theirs: str) -> None:
    assert meta_language(ours) == theirs
    assert theirs in {"", *META}


@pytest.mark.parametrize(
    ("purpose", "occasion"),
    [
        ("introduction", "introduction"),
        ("approval", "decision"),
        ("task", "decision"),
        ("connected", "answer"),
        ("reminder", "reminder"),
        ("announcement", "announcement"),
        ("something new", "message"),
        ("reply", "message"),
    ],
)
def test_every_purpose_has_templates(purpose: str, occasion: str) -> None:
    assert occasion_of(purpose).purpose == occasion


def test_a_notice_names_the_programme_and_nobody() -> None:
    house = usual()
    said = notice(Reply("Rosa quiere conocerle.", language="es"), "introduction", house)
    assert said.variables == (house.settings.programme,)
    assert "Rosa" not in said.text
    assert notice(Reply("x"), "announcement", house).purpose == "message"


def test_variables_are_flat() -> None:
    assert flattened(" a\n\n b\t\tc    d ") == "a b c d"
    assert flattened(" \n") == "-"
    assert body(OCCASIONS["announcement"], lambda _, text: text).startswith(
        "News from {{1}}: {{2}}"
    )


async def test_templates_are_listed_submitted_and_usable_once_meta_approved_them(
    server: TwilioServer, capsys: pytest.CaptureFixture[str]
) -> None:
    house = house_for(server)
    assert await templates.run(house, "list", []) == 0
    assert "0 of 24 can be used" in capsys.readouterr().out
    assert await templates.run(house, "check", []) == 1
    assert await templates.run(house, "submit", []) == 1
    assert "es     introduction  submitted, Meta has not decided" in capsys.readouterr().out
    assert server.refused == []
    server.resources.judge("artisan_", "approved")
    server.resources.judge("artisan_reminder_fr", "rejected", "it is unclear")
    assert await templates.run(house, "check", []) == 1
    printed = capsys.readouterr().out
    assert "fr     reminder      refused (rejected: it is unclear)" in printed
    assert "23 of 24 can be used" in printed
    assert await templates.run(house, "check", ["es"]) == 0
    made = len(server.resources.contents)
    await templates.run(house, "submit", [])
    assert len(server.resources.contents) == made


async def test_words_that_changed_are_submitted_anew_and_the_old_ones_used_meanwhile(
    server: TwilioServer, api: Api
) -> None:
    house = house_for(server)
    need = replace(next(needed(house)), text="Old words of {{1}} here.")
    found = Templates(api)
    assert [line async for line in templates.submit(api, found, [need])]
    server.resources.judge("artisan_", "approved")
    assert await found.look()
    now = next(needed(house))
    best = found.best(now)
    assert best is not None and templates.state_of(now, best) is templates.State.OLD
    assert len([line async for line in templates.submit(api, found, [now])]) == 1
    assert len(server.resources.contents) == 2


async def test_a_language_or_a_sender_that_is_not_there_is_said(server: TwilioServer) -> None:
    with pytest.raises(UsageError, match="none of LANGUAGES"):
        await templates.run(house_for(server), "list", ["xx"])
    with pytest.raises(UsageError, match="TWILIO_WHATSAPP_FROM"):
        await templates.run(house_for(server, whatsapp=""), "list", [])


async def test_what_the_file_names_goes_before_what_is_found(
    server: TwilioServer, api: Api
) -> None:
    named = Named("message", "es", "HX" + "1" * 32)
    found = Templates(api, [named])
    assert await found.look()
    template = found.approved("message", "es_HN")
    assert template is not None and template.content == named.content


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "hold [[templates]]"),
        ("[[templates", "no TOML"),
        ("x = 1", "hold [[templates]]"),
        ("templates = [1]", "template 1 is no table"),
        ("[[templates]]\n" + NAMED.replace("message", "party"), "no purpose of message"),
        ("[[templates]]\n" + NAMED.replace('"es"', '"español"'), "no language such as es"),
        ("[[templates]]\n" + NAMED.replace("HX", "XX"), "no content"),
        ("[[templates]]\n" + NAMED + "variables = ['name']", "variables other than"),
        ("[[templates]]\n" + NAMED + "state = 'good'", "no state of"),
        ("[[templates]]\n" + NAMED + "colour = 'red'", "colour, which is no field"),
        (("[[templates]]\n" + NAMED) * 2, "message es is there twice"),
    ],
)
def test_every_mistake_in_the_file_is_named_at_the_start(
    tmp_path: Path, text: str, mistake: str
) -> None:
    path = tmp_path / "templates.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=mistake.replace("[", r"\[")):
        read_file(str(path))


def test_a_file_is_read_with_the_rest_of_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "templates.toml"
    path.write_text("[[templates]]\n" + NAMED)
    settings = load(
        {
            "DATABASE_KEY": "k" * 40,
            "PUBLIC_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
            "TWILIO_AUTH_TOKEN": "t",
            "TWILIO_WHATSAPP_FROM": WHATSAPP,
            "TWILIO_TEMPLATES": str(path),
        }
    )
    assert settings.twilio is not None
    assert settings.twilio.templates == (Named("message", "es", "HX" + "1" * 32),)
    with pytest.raises(ValueError, match="cannot be read"):
        read_file(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"friendly_name": 1, "sid": "HX1", "types": {}},
        {"friendly_name": "artisan_message_es_123456", "sid": None, "types": {}},
        {"friendly_name": "artisan_message_es_123456", "sid": "HX1", "types": {"a": None}},
        {"friendly_name": "somebody's", "sid": "HX1", "types": {"twilio/text": {"body": "x"}}},
        {
            "friendly_name": "artisan_message_es_123456",
            "sid": "HX1",
            "types": {"twilio/text": {"body": "x"}},
            "variables": {"1": "a", "2": "b"},
        },
    ],
)
def test_other_peoples_resources_are_none_of_ours(row: dict[str, object]) -> None:
    assert template_of(row) is None


# --- the doctor ---------------------------------------------------------------------------------


async def told(house: House, set_webhooks: bool = False) -> dict[str, str]:
    """What the doctor says, by its first words, with its mark."""
    now = datetime.now(UTC)
    return {
        finding.what: finding.mark
        async for finding in twilio_doctor.findings(house, set_webhooks, now)
    }


def says(found: dict[str, str], words: str, mark: str) -> None:
    assert any(words in what and m == mark for what, m in found.items()), found


async def test_without_an_account_the_doctor_says_where_to_get_one(server: TwilioServer) -> None:
    house = replace(usual(), settings=replace(usual().settings, twilio=None))
    says(await told(house), "make an account at twilio.com", MISSING)


async def test_wrong_credentials_are_said_and_nothing_else_is_asked(server: TwilioServer) -> None:
    found = await told(house_for(server, tokens=("wrong",)))
    says(found, "set them to those", WRONG)
    assert len(found) == 1


async def test_the_sandbox_is_explained_as_nobody_can_set_it_for_you(server: TwilioServer) -> None:
    server.resources.number(SMS)
    found = await told(house_for(server), set_webhooks=True)
    says(found, "sandbox", MISSING)
    says(found, f"{PUBLIC}/twilio/message#rc=3&rp=ct,rt,5xx&rt=4000", MISSING)


async def test_webhooks_are_missed_then_set_then_well(server: TwilioServer) -> None:
    sender = "whatsapp:+15550001111"
    server.resources.sender(sender)
    server.resources.number(SMS)
    server.resources.service(SERVICE)
    house = house_for(server, whatsapp=sender, service=SERVICE)
    before = await told(house)
    for what in ("WhatsApp messages nowhere", "SMS of the Messaging Service nowhere", "nowhere"):
        says(before, what, WRONG)
    after = await told(house, set_webhooks=True)
    for what in ("WhatsApp messages here", "SMS of the Messaging Service here", f"SMS to {SMS}"):
        says(after, what, WELL)
    says(await told(house), "Twilio brings WhatsApp messages here.", WELL)
    says(before, "The clock agrees", WELL)
    says(before, "0 of 24 WhatsApp templates", MISSING)
    assert server.refused == []


async def test_senders_numbers_and_services_that_are_not_there_are_named(
    server: TwilioServer,
) -> None:
    server.resources.sender("whatsapp:+15559999999")
    found = await told(house_for(server, whatsapp="whatsapp:+15550001111", service=SERVICE))
    says(found, "no WhatsApp sender of this account (it has whatsapp:+15559999999)", WRONG)
    says(found, "no number of this account", WRONG)
    says(found, "no Messaging Service of this account", WRONG)


async def test_a_sender_that_meta_holds_back_is_said(server: TwilioServer) -> None:
    server.resources.sender("whatsapp:+15550001111", "OFFLINE")
    found = await told(house_for(server, whatsapp="whatsapp:+15550001111"))
    says(found, "The WhatsApp sender is OFFLINE", WRONG)


async def test_a_clock_that_is_off_is_said(server: TwilioServer) -> None:
    late = datetime.now(UTC) + timedelta(minutes=5)
    found = [one async for one in twilio_doctor.findings(house_for(server), False, late)]
    assert any("seconds off" in one.what and one.mark == WRONG for one in found)
