"""What the environment says, read once at start: frozen, checked, every problem named at once."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot import pseudo
from bot.gateway_accounts import Gateway, read_gateways
from bot.policy import DEFAULTS as POLICY
from bot.policy import Policy
from bot.policy import read as read_policy
from bot.telegram_account import TelegramBot, read_bot
from bot.twilio_account import Account, read_account

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = "en,es,fr,sw,pt,ar,am,hi,bn,ur,id,ht,ha,yo,so"
COUNTRY = "HN"
PROGRAMME = "Artisan Connect"
LEAST_KEY = 32
LEARN_AFTER = 500
ASKED_A_WEEK, ASKS_A_WEEK = 3, 5
LIVE = (
    "TELEGRAM_TOKEN",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_WHATSAPP_FROM",
    "TWILIO_SMS_FROM",
    "TWILIO_MESSAGING_SERVICE_SID",
    "SMS_GATEWAYS",
)
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class SettingsError(ValueError):
    """The environment cannot be used; `problems` says of each variable what to set."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _carrying(policy: Policy | None, queue: int | None) -> Policy:
    """The policy, with BROKER_CARRIES in the place of its `limits.queue` where it is given."""
    policy = policy or POLICY
    return replace(policy, limits=replace(policy.limits, queue=queue)) if queue else policy


@dataclass(frozen=True)
class Settings:
    """`database_url` and `redis_url` ("" for none) as the libraries want them; `public_url`
    without a slash at its end ("" for none); `media_url` an absolute folder; `home` where the
    lock and, in the demonstration, the key lie; `languages` in the order offered; `paces` messages
    a second by channel, where the operator knows better; `worker_port` where a worker says how it
    is, 0 for any that is free; `learn_after` so many answered
    introductions matching learns from answers, 0 for never; `asked_a_week` of how many people who
    would like to meet somebody is told in a week, `asks_a_week` how many somebody may ask to meet;
    `policy` the programme's own rules."""

    database_url: str
    redis_url: str
    host: str
    port: int
    public_url: str
    demo: bool
    media_url: str
    country: str
    languages: tuple[str, ...]
    database_key: str = field(repr=False)
    programme: str
    home: Path
    sentry_dsn: str = field(default="", repr=False)
    speech_url: str = field(default="", repr=False)
    paces: Mapping[str, float] = field(default_factory=dict)
    worker_port: int = 0
    learn_after: int = LEARN_AFTER
    asked_a_week: int = ASKED_A_WEEK
    asks_a_week: int = ASKS_A_WEEK
    policy: Policy = POLICY
    twilio: Account | None = None
    telegram: TelegramBot | None = None
    gateways: tuple[Gateway, ...] = ()

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load(environ: Mapping[str, str], *, by_hand: bool = False) -> Settings:
    """Settings from the environment; raises SettingsError with every problem.

    `by_hand`: for commands typed beside a server. Where nothing at all is configured for a
    programme of one's own they work on the demonstration, as `make run` does."""
    reader = _Reader(environ)
    demo = bool(reader.read("DEMO", "", _switch))
    if by_hand and not any(environ.get(n) for n in ("DEMO", "DATABASE_KEY", "DATABASE_URL", *LIVE)):
        demo = True
    database_url = reader.read("DATABASE_URL", f"sqlite:///{ROOT}/var/artisan.db", _database)
    home = _home(database_url or "")
    settings = Settings(
        database_url=database_url,
        redis_url=reader.read("REDIS_URL", "", _redis),
        host=reader.read("HOST", "127.0.0.1", _loopback if demo else _host),
        port=reader.read("PORT", "8080", _port),
        public_url=reader.read("PUBLIC_URL", "", _public),
        demo=demo,
        media_url=reader.read("MEDIA_URL", str(home / "media"), _folder),
        country=reader.read("COUNTRY", COUNTRY, _country),
        languages=reader.read("LANGUAGES", LANGUAGES, _languages),
        database_key=reader.read("DATABASE_KEY", "", lambda key: _key(key, demo)),
        programme=reader.read("PROGRAMME", PROGRAMME + " demonstration" * demo, _name),
        home=home,
        sentry_dsn=reader.read("SENTRY_DSN", "", _sentry),
        speech_url=reader.read("SPEECH_URL", "", _speech),
        paces=reader.read("PACE", "", _paces),
        worker_port=reader.read("WORKER_PORT", "0", _port),
        learn_after=reader.read("LEARN_AFTER", str(LEARN_AFTER), _count),
        asked_a_week=reader.read("ASKED_A_WEEK", str(ASKED_A_WEEK), _some),
        asks_a_week=reader.read("ASKS_A_WEEK", str(ASKS_A_WEEK), _some),
        policy=_carrying(
            reader.read("POLICY", "", read_policy), reader.read("BROKER_CARRIES", "0", _count)
        ),
        telegram=read_bot(reader.read),
        twilio=read_account(reader.read, reader.read("PUBLIC_URL", "", str)),
        gateways=read_gateways(reader.read, reader.read("PUBLIC_URL", "", str)),
    )
    if demo:
        reader.problems += [
            f"{name} is set, but the demonstration (DEMO=1) takes no live account: unset {name}, "
            "or unset DEMO to run a programme of your own"
            for name in LIVE
            if environ.get(name)
        ]
    if reader.problems:
        raise SettingsError(tuple(reader.problems))
    if settings.database_key:
        return settings
    return replace(settings, database_key=_demo_key(home / "database.key"))


class _Reader:
    """Reads variables one by one and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def read(self, name: str, default: str, check: Callable[[str], Any]) -> Any:
        """The checked value; nothing where the check raised, since then nothing starts."""
        try:
            return check(self.environ.get(name, "").strip() or default)
        except ValueError as wrong:
            self.problems.append(f"{name} {wrong}")
            return None


def _switch(value: str) -> bool:
    if value.lower() in YES:
        return True
    if value and value.lower() not in NO:
        raise ValueError(f"is {value!r}: set it to 1 or 0")
    return False


def _database(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    match scheme:
        case "sqlite" | "sqlite+aiosqlite" if separator:
            path = rest.removeprefix("/").partition("?")[0]
            if not path or ":memory:" in path:
                raise ValueError("names no file: set it to a file such as sqlite:///var/artisan.db")
            return f"sqlite+aiosqlite:///{Path(path).expanduser().absolute()}"
        case "postgres" | "postgresql" | "postgresql+asyncpg" if rest:
            _parsed(value)
            return f"postgresql+asyncpg://{rest}"
        case _:
            raise ValueError(
                "is no database address known here: set it to sqlite:///FILE or "
                "postgresql://USER:PASSWORD@HOST/NAME"
            )


def _home(database_url: str) -> Path:
    if database_url.startswith("sqlite"):
        return Path(database_url.split(":///", 1)[1]).parent
    return ROOT / "var"


def _redis(value: str) -> str:
    if value and _parsed(value).scheme not in ("redis", "rediss", "unix"):
        raise ValueError(
            "is no Redis address: set it to redis://HOST:6379/0, rediss://… or unix://…, "
            "or leave it out"
        )
    return value


def _parsed(value: str) -> Any:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("is no address: its host or port cannot be read") from None
    return parts


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", value):
        raise ValueError(f"is {value!r}: set it to an address or name such as 127.0.0.1 or 0.0.0.0")
    return value


def _loopback(value: str) -> str:
    host = _host(value)
    if not is_loopback(host):
        raise ValueError(
            f"is {host}: the demonstration (DEMO=1) listens on this machine only, "
            "set it to 127.0.0.1 or unset it"
        )
    return host


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _port(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or int(value) > 65535:
        raise ValueError(f"is {value!r}: set it to a number from 1 to 65535, such as 8080")
    return int(value)


def _paces(value: str) -> Mapping[str, float]:
    paces = {}
    for part in filter(None, (one.strip() for one in value.split(","))):
        found = re.fullmatch(r"(telegram|whatsapp|sms):([0-9]{1,5}(?:\.[0-9]{1,3})?)", part)
        if found is None or not float(found[2]):
            raise ValueError(
                f"has {part!r}: set it to messages a second by channel, "
                "such as telegram:25,whatsapp:60,sms:1"
            )
        paces[found[1]] = float(found[2])
    return paces


def _count(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", value):
        raise ValueError(f"is {value!r}: set it to a number of answers such as 500, or 0 for never")
    return int(value)


def _some(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value) or not int(value):
        raise ValueError(f"is {value!r}: set it to a number from 1 to 9999")
    return int(value)


def _public(value: str) -> str:
    if not value:
        return ""
    parts = _parsed(value)
    secure = parts.scheme == "https" or (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    )
    if not secure or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(
            f"is {value!r}: set it to the address the world reaches us by, "
            "such as https://chat.example.org"
        )
    return value.rstrip("/")


def _folder(value: str) -> str:
    if "://" in value and not value.startswith("file:///"):
        raise ValueError(f"is {value!r}: set it to a folder, such as file:///srv/artisan/media")
    return str(Path(value.removeprefix("file://")).expanduser().absolute())


def _country(value: str) -> str:
    import phonenumbers

    if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(
            f"is {value!r}: set it to the two letters of the country most people write from, "
            "such as HN"
        )
    return value.upper()


def _languages(value: str) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    offered = {"en", *LANGUAGES.split(","), *known_languages()}
    unknown = [language for language in asked if language not in (*offered, pseudo.CODE)]
    if unknown or not asked:
        raise ValueError(
            f"names {', '.join(unknown) or 'nothing'}, which has no catalogue: "
            f"set it to some of {', '.join(sorted(offered))}, in the order to offer them"
        )
    return asked


def known_languages() -> tuple[str, ...]:
    """The codes of the languages that have a catalogue, or are spoken only, in order."""
    written = (ROOT / "locales").glob("*/LC_MESSAGES/messages.po")
    spoken = (ROOT / "locales").glob("*/language.toml")
    found = {*(path.parent.parent.name for path in written), *(path.parent.name for path in spoken)}
    return tuple(sorted({"en", *found}))


def _key(value: str, demo: bool) -> str:
    if not value and not demo:
        raise ValueError(
            "is not set: what is personal is kept encrypted, so set it to a secret of at least "
            f"{LEAST_KEY} characters and keep a copy "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(48))' makes one)"
        )
    if value and len(value) < LEAST_KEY:
        raise ValueError(f"has {len(value)} characters: set it to at least {LEAST_KEY}")
    return value


def _name(value: str) -> str:
    if len(value) > 80 or not value.isprintable():
        raise ValueError("is not a name: set it to at most 80 ordinary characters")
    return value


def _sentry(value: str) -> str:
    if not value:
        return value
    parts = _parsed(value)
    names_all = parts.username and parts.hostname and re.search(r"/[0-9]+$", parts.path)
    if parts.scheme not in ("http", "https") or not names_all:
        raise ValueError("is no Sentry address: set it to https://KEY@HOST/NUMBER or unset it")
    return value


def _speech(value: str) -> str:
    if value and (_parsed(value).scheme not in ("http", "https") or not _parsed(value).hostname):
        raise ValueError("is no address of a service: set it to https://…, or unset it")
    return value


def _demo_key(path: Path) -> str:
    """The demonstration's own key, made once; readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        if not path.exists():
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(48))
            os.link(fresh, path)
    except FileExistsError:  # another process made it in this moment
        pass
    finally:
        fresh.unlink(missing_ok=True)
    return path.read_text().strip()
