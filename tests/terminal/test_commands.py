"""What is typed: `artisan` and its words."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.__main__ import main
from bot.codes import links
from bot.pipeline.lock import alone
from bot.settings import load
from bot.terminal import checked
from bot.usage import UsageError
from storage import contacts, roles
from storage.database import connect
from storage.exporting import KINDS
from storage.importing import CATEGORIES, COLUMNS
from storage.importing import KINDS as PROVIDERS
from tests.conftest import DATABASE_KEY
from tests.servers import Postgres
from tests.terminal.conftest import Artisan

SHEET = """name,kind,country,region,place,languages,category,topic,crafts,price,currency,phone
Taller,service_centre,HN,HN-LE,Gracias,"es, en",training,weaving,weaving,150.50,HNL,+504 22113344
Taller,service_centre,HN,HN-LE,Gracias,"es, en",technology,,"weaving;dyeing",,,+504 22113344
Banco Solidario,,HN,,Tegucigalpa,es,finance,,,,,
"""


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("chat", "--as", "nobody"),
        ("chat", "--as", "tel:12"),
        ("chat", "--as", "mailto:a@b"),
        ("export", "secrets", "x.csv"),
        ("export", "enterprises", "x.pdf"),
        ("export", "enterprises", "/nowhere/x.csv"),
        ("providers", "import", "/nowhere.csv"),
        ("invite", "king"),
        ("invite", "broker", "--area", "Gracias"),
        ("invite", "broker", "--area", "HN-QQ"),
        ("invite", "broker", "--area", "XX"),
        ("invite", "broker", "--for", "somebody"),
        ("revoke", "AAAA-2222"),
        ("revoke", "tel:+50499887766"),
        ("match", "/nowhere.jsonl", "--kind", "partners"),
        ("read", "--kind", "choice", "--language", "en"),
        ("rotate-key",),
    ],
)
def test_what_is_asked_wrongly_is_answered_in_one_sentence(
    artisan: Artisan, words: tuple[str, ...]
) -> None:
    try:
        code, out, err = artisan(*words)
    except SystemExit as ended:  # argparse's own
        code, out, err = int(str(ended.code)), "", "artisan: see above"
    assert code == 2
    assert out == ""
    assert err.startswith("artisan: ")
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("tel:+504 9988-7766", "tel:+50499887766"),
        ("whatsapp:+50499887766", "whatsapp:+50499887766"),
        ("whatsapp:US.1234abCD", "whatsapp:US.1234abCD"),
        ("telegram:123456", "telegram:123456"),
        (" phone:demo-1 ", "phone:demo-1"),
    ],
)
def test_an_address_is_written_one_way(given: str, known: str) -> None:
    assert checked(given) == known


@pytest.mark.parametrize("wrong", ["", "tel:", "tel:50499887766", "telegram:abc", "phone:a b", "x"])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        checked(wrong)


def test_an_invitation_is_a_code_that_ends_and_can_be_revoked(artisan: Artisan) -> None:
    code, out, _ = artisan("invite", "broker", "--area", "hn-in, HN-LE", "--agency", "AHPROMA")
    assert code == 0
    assert out.startswith("Broker for HN-IN, HN-LE, once, until ")
    (written,) = re.findall(r"or write: ([A-Z2-9]{4}-[A-Z2-9]{4})\n", out)
    assert artisan("revoke", written.lower()) == (
        0,
        "Revoked: the invitation, and the role if it gave one.\n",
        "",
    )
    assert artisan("revoke", written)[0] == 2


def test_every_way_by_which_a_code_can_be_redeemed_is_named() -> None:
    rows: list[dict[str, object]] = [
        {"name": "tigo", "prefixes": ["+505"], "number": "+50522334455"},
        {"name": "out", "prefixes": ["+506"], "number": "+50622334455", "two_way": False},
        {"name": "word", "prefixes": ["+507"], "number": "ARTISAN"},
    ]
    gateways = [{**row, "secret": "s" * 16, "url": "https://x.example"} for row in rows]
    settings = load(
        {
            "DATABASE_KEY": DATABASE_KEY,
            "PUBLIC_URL": "https://x.example",
            "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
            "TWILIO_AUTH_TOKEN": "t" * 32,
            "TWILIO_WHATSAPP_FROM": "whatsapp:+14155550100",
            "TWILIO_SMS_FROM": "+14155550111",
            "SMS_GATEWAYS": json.dumps(gateways),
        }
    )
    assert list(links(settings, "KDZ2-X3VF", "artisan_bot")) == [
        "https://t.me/artisan_bot?start=KDZ2-X3VF",
        "https://wa.me/14155550100?text=START%20KDZ2-X3VF",
        "By SMS to +14155550111: START KDZ2-X3VF",
        "By SMS to +50522334455: START KDZ2-X3VF",
    ]
    assert list(links(load({"DEMO": "1"}), "KDZ2-X3VF")) == [
        "On a phone at http://127.0.0.1:8080/phone, or by artisan chat: START KDZ2-X3VF"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("providers", "import"), (*COLUMNS, *CATEGORIES, *PROVIDERS)),
        (("export",), tuple(KINDS)),
        (("chat",), ("tel:+50499887766", "A phone in the terminal.")),
        (("doctor",), ("Say what is configured",)),
    ],
)
def test_help_explains_a_command(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert [one for one in said if one not in out] == []


def test_roles_are_revoked_by_address(artisan: Artisan) -> None:
    asyncio.run(a_broker("phone:b"))
    assert artisan("revoke", "phone:b")[1] == "Revoked: 1 role.\n"
    assert artisan("revoke", "phone:b")[0] == 2


async def a_broker(urn: str) -> None:
    settings, now = load(os.environ), datetime.now(UTC)
    database = await connect(settings.database_url, settings.database_key)
    async with database.begin() as db:
        contact, _ = await contacts.meet(db, urn, now, via="phone")
        await roles.grant(db, contact.id, "broker", now)
    await database.close()


def test_providers_come_in_from_a_sheet_wholly(artisan: Artisan, home: Path) -> None:
    sheet = home / "providers.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    assert (
        artisan("providers", "import", str(sheet))[1] == "Providers: 2 new, 0 brought up to date.\n"
    )
    assert (
        artisan("providers", "import", str(sheet))[1] == "Providers: 0 new, 2 brought up to date.\n"
    )
    out = home / "out.jsonl"
    artisan("export", "providers", str(out))
    bank, school = [json.loads(line) for line in out.read_text().splitlines()]
    assert (bank["name"], school["name"]) == ("Banco Solidario", "Taller")
    assert [service["category"] for service in school["services"]] == ["training", "technology"]
    assert school["services"][0]["price"] == 150.5


def test_a_sheet_with_mistakes_changes_nothing(artisan: Artisan, home: Path) -> None:
    sheet = home / "providers.csv"
    sheet.write_text(SHEET.replace("finance", "banking"), encoding="utf-8")
    code, _, err = artisan("providers", "import", str(sheet))
    assert code == 2
    assert "nothing was taken in" in err
    assert "row 3, category" in err
    out = home / "out.jsonl"
    artisan("export", "providers", str(out))
    assert out.read_text() == ""


def test_a_spreadsheet_goes_out_and_comes_in_without_formulas(artisan: Artisan, home: Path) -> None:
    evil = SHEET.replace("Banco Solidario", '"=HYPERLINK(""http://evil"")"')
    (home / "providers.csv").write_text(evil, encoding="utf-8")
    artisan("providers", "import", str(home / "providers.csv"))
    for name in ("out.csv", "out.xlsx"):
        assert artisan("export", "providers", str(home / name))[0] == 0
    with (home / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names[0].startswith("'=HYPERLINK")
    rows = list(load_workbook(home / "out.xlsx").worksheets[0].iter_rows())
    assert {cell.data_type for row in rows for cell in row} <= {"s", "inlineStr", "n"}
    assert (home / "out.csv").stat().st_mode & 0o077 == 0


def test_a_sheet_that_is_not_utf_8_is_said_to_be_saved_as_such(
    artisan: Artisan, tmp_path: Path
) -> None:
    sheet = tmp_path / "providers.csv"
    sheet.write_bytes("name,country,category\nCafé Señor,HN,training\n".encode("latin-1"))
    code, _, err = artisan("providers", "import", str(sheet))
    assert code == 2
    assert "save it as “CSV UTF-8”" in err
    sheet.write_text("name;country;category\nCafé Señor;HN;training\n", encoding="utf-8-sig")
    assert artisan("providers", "import", str(sheet))[0] == 0


def test_the_doctor_says_what_is_there_and_what_is_missing(artisan: Artisan, home: Path) -> None:
    artisan("invite", "broker")
    code, out, _ = artisan("doctor")
    assert code == 0
    assert "SQLite reachable, tables current, key right." in out
    assert "No worker is running" in out
    with alone(home):
        assert "A worker is running" in artisan("doctor")[1]


def test_the_doctor_finds_a_key_that_does_not_fit(
    artisan: Artisan, monkeypatch: pytest.MonkeyPatch
) -> None:
    artisan("invite", "broker")
    monkeypatch.setenv("DATABASE_KEY", "another key than the one it was made with")
    code, out, _ = artisan("doctor")
    assert code == 1
    assert "does not open" in out
    assert artisan("invite", "broker")[0] == 2


def test_the_doctor_says_of_a_file_that_is_no_database_that_it_is_none(
    artisan: Artisan, home: Path
) -> None:
    (home / "artisan.db").write_text("what lies here is no database")
    code, out, err = artisan("doctor")
    assert (code, err) == (1, "")
    assert "SQLite: the database cannot be used: file is not a database." in out


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("postgresql://postgres@/no_such_database?host={folder}", "does not exist"),
        ("postgresql://nobody@/postgres?host={folder}", 'role "nobody" does not exist'),
        ("postgresql://postgres@/postgres?host=/nowhere", "cannot be reached"),
    ],
)
def test_the_doctor_says_why_postgresql_lets_nobody_in(
    postgres_server: Postgres,
    artisan: Artisan,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    why: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", address.format(folder=postgres_server.folder))
    code, out, err = artisan("doctor")
    assert (code, err) == (1, "")
    assert why in next(line for line in out.splitlines() if line.startswith("!!  PostgreSQL: "))


def test_a_key_is_changed_by_a_command(
    artisan: Artisan, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artisan("invite", "broker")
    new = "a new key, longer than thirty-two characters"
    monkeypatch.setenv("NEW_DATABASE_KEY", new)
    with alone(home):
        assert artisan("rotate-key")[0] == 2
    assert artisan("rotate-key")[0] == 0
    monkeypatch.setenv("DATABASE_KEY", new)
    assert artisan("invite", "broker")[0] == 0


def test_replies_are_read_line_by_line(artisan: Artisan, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.TextIOWrapper(io.BytesIO('"doce"\n"२"\n"quién sabe"\n'.encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", lines)
    code, out, _ = artisan("read", "--kind", "integer", "--language", "es")
    assert code == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {"value": 12},
        {"value": 2},
        {"unclear": True},
    ]


def test_records_in_lines_are_matched(artisan: Artisan, tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    place = {"lat": 14.59, "lon": -88.58, "country": "HN", "willing": "yes", "crafts": ["1312"]}
    lines = [{"type": "enterprise", "id": name, **place} for name in ("a", "b")]
    file.write_text("\n".join(map(json.dumps, lines)))
    code, out, _ = artisan("match", str(file), "--kind", "partners")
    assert code == 0
    assert [json.loads(line)["to"] for line in out.splitlines()] == ["b", "a"]
    file.write_text("{")
    code, _, err = artisan("match", str(file), "--kind", "partners")
    assert code == 1
    assert "line 1" in err
