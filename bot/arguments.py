"""How the command `artisan` is written: its words and options, nothing of what they do."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from bot.usage import UsageError

READ_KINDS = (
    "choice",
    "multi",
    "yes_no",
    "integer",
    "year",
    "money",
    "phone",
    "language",
    "keyword",
    "place",
)
MATCH_KINDS = ("partners", "providers", "buyers", "groups", "pools")
REACHED = ("telegram", "whatsapp", "sms")
ROLES = ("broker", "coordinator", "confidant", "provider")
PLAIN = {
    "run": "serve everything in one process",
    "web": "take messages in and serve the pages",
    "worker": "answer, send and keep appointments",
    "migrate": "bring the database up to date",
    "messages": "bring the catalogues up to date with the texts",
    "states": "draw the state machines, as in docs/states.md",
    "rotate-key": "wrap what is sealed with the key in NEW_DATABASE_KEY",
}

# What storage knows as well: here it is written out, as a command's help need not load it all.
EXPORTED = ("enterprises", "needs", "providers", "introductions", "events")
SHEET = """\
The first row names the columns; only name, country and category must be filled in. A row is a
provider and one of its services: more services are more rows of the same name and place.

  name, place         together they tell providers apart
  kind                provider (if left out), service_centre or buyer
  country, region     HN; HN-LE
  agency, phone, address, lat, lon, radius_km, languages (es, en), month_capacity
  checked_how, checked_at, checked_until (2026-01-31)  without them nobody is pointed there
  category            market_access, infrastructure, policy, inputs, training, technology, finance
  topic, crafts (weaving, pottery), price, currency (HNL), group_min, group_max

The same file may be taken in again: what is there is brought up to date."""


class _Parser(argparse.ArgumentParser):
    """Answers a slip with one sentence and where to look."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (artisan {self._words()}--help says how)")

    def _words(self) -> str:
        return self.prog.removeprefix("artisan").strip() + " " if self.prog != "artisan" else ""


def _command(
    among: argparse._SubParsersAction[_Parser], name: str, help: str, **more: Any
) -> _Parser:
    """One of several commands, which says by --help what it does."""
    return among.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.", **more)


def parser() -> argparse.ArgumentParser:
    """Every command of the contract; `command` names the one asked for."""
    root = _Parser(prog="artisan", description="Artisan Connect: artisans, partners, brokers.")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, does in PLAIN.items():
        _command(commands, name, help=does)

    doctor = _command(commands, "doctor", help="say what is configured, reachable and missing")
    doctor.add_argument(
        "--set-webhooks", action="store_true", help="have the channels bring their messages here"
    )

    chat = _command(commands, "chat", help="a phone in the terminal")
    who = "whose phone it is: tel:+50499887766, whatsapp:+50499887766, telegram:123456, phone:anna"
    chat.add_argument("--as", dest="urn", default="phone:terminal", metavar="URN", help=who)

    parked = _command(commands, "parked", help="messages that could not be handled")
    parked.add_argument(
        "action", nargs="?", default="list", choices=("list", "look", "retry", "drop")
    )
    parked.add_argument("number", nargs="?", type=int, metavar="NUMBER")

    audio = _command(commands, "audio", help="recordings of the questions")
    audio.add_argument("action", choices=("missing", "draft"))
    audio.add_argument("--language", action="append", default=[], metavar="CODE")

    reach = _command(commands, "reach", help="what each flow costs those who answer it")
    reach.add_argument("--flow", action="append", default=[], metavar="NAME")
    reach.add_argument("--language", action="append", default=[], metavar="CODE")
    reach.add_argument("--channel", action="append", default=[], choices=REACHED)
    reach.add_argument("--json", action="store_true", help="a JSON object a line")

    read = _command(commands, "read", help="read replies, one JSON string a line")
    read.add_argument("--kind", required=True, choices=READ_KINDS)
    read.add_argument("--language", required=True)
    read.add_argument("--country", default="")
    read.add_argument("--options", metavar="FILE", help='a JSON list of {"id", "label"}')

    match = _command(commands, "match", help="suggestions for records in JSON lines")
    match.add_argument("file", metavar="FILE")
    match.add_argument("--kind", required=True, choices=MATCH_KINDS)
    match.add_argument("--top", type=int, default=10)
    match.add_argument("--as-of", metavar="DATE", help="the day it is, such as 2026-01-31")

    trial = _command(commands, "trial", help="hold a part against what is known to be true")
    parts = trial.add_subparsers(dest="what", required=True, metavar="WHAT")
    kills = _command(parts, "kills", help="conversations while processes and servers are killed")
    kills.add_argument("--minutes", type=float, default=5.0, metavar="N")
    kills.add_argument("--conversations", type=int, default=1000, metavar="N")
    kills.add_argument("--seed", type=int, help="what is chance, as it was in another trial")
    quarter = _command(parts, "quarter", help="a programme's first quarter, with the clock moved")
    quarter.add_argument("--people", type=int, default=2000, metavar="N")
    quarter.add_argument("--brokers", type=int, default=8, metavar="N")
    quarter.add_argument("--weeks", type=int, default=13, metavar="N")
    quarter.add_argument("--seed", type=int, default=1, metavar="N")
    quarter.add_argument("--database", default="", metavar="URL", help="an empty one; else a file")
    quarter.add_argument("--prices", default="", metavar="FILE", help="what messages cost, in TOML")
    matching = _command(parts, "matching", help="partners in planted worlds, against simpler ways")
    matching.add_argument("--worlds", type=int, metavar="N", help="only the first N sealed worlds")
    matching.add_argument(
        "--seeds", type=int, nargs="+", metavar="SEED", help="other worlds: these of each family"
    )
    matching.add_argument("--size", type=int, default=1000, help="firms in a world")
    matching.add_argument("--weeks", type=int, default=10)
    matching.add_argument("--ablations", action="store_true", help="ours without each of its parts")
    matching.add_argument(
        "--settings", action="store_true", help="what the baselines were tuned on"
    )
    matching.add_argument("--json", action="store_true", help="world by world, for a program")
    matching.add_argument(
        "--write", metavar="FOLDER", help="write the file of each Monday for artisan match instead"
    )

    dating = _command(parts, "speed-dating", help="what learns, on people who really chose")
    dating.add_argument("file", metavar="FILE", help="Speed Dating Data.csv, not kept here")

    providers = _command(commands, "providers", help="the directory of providers")
    importing = providers.add_subparsers(dest="action", required=True, metavar="ACTION")
    _command(
        importing,
        "import",
        help="take in a CSV or XLSX file",
        epilog=SHEET,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).add_argument("file", metavar="FILE", help="ends in .csv or .xlsx")

    export = _command(commands, "export", help="write records to .csv, .xlsx or .jsonl")
    export.add_argument("kind", metavar="KIND", help=", ".join(EXPORTED))
    export.add_argument("file", metavar="FILE", help="ends in .csv, .xlsx or .jsonl")
    export.add_argument("--demonstration", action="store_true", help="the invented records as well")

    invite = _command(commands, "invite", help="a one-time code for a role")
    invite.add_argument("role", choices=ROLES)
    invite.add_argument("--area", default="", help="regions or countries by commas: HN-IN,HN-LE")
    invite.add_argument("--agency", default="")
    invite.add_argument("--for", dest="urn", default="", metavar="URN", help="the only address")

    revoke = _command(commands, "revoke", help="take back an invitation or a person's roles")
    revoke.add_argument("what", metavar="CODE|URN")

    templates = _command(commands, "templates", help="WhatsApp templates: had and needed")
    templates.add_argument("action", nargs="?", choices=("list", "check", "submit"), default="list")
    templates.add_argument("--language", action="append", default=[], metavar="CODE")

    flows = _command(commands, "flows", help="the questionnaires")
    checking = flows.add_subparsers(dest="action", required=True, metavar="ACTION")
    _command(checking, "check", help="find mistakes in flows and catalogues")
    return root
