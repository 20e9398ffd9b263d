from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.settings import LIVE, SettingsError, is_loopback, known_languages, load

KEY = "k" * 32
EVERYWHERE = "0.0.0.0"  # noqa: S104 - to be refused
REAL = {"DATABASE_KEY": KEY}


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        load({**REAL, **environ})
    return raised.value.problems


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    return {"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/artisan.db"}


def test_a_key_alone_is_enough() -> None:
    settings = load(REAL)
    assert settings.sqlite
    assert (settings.host, settings.port, settings.redis_url) == ("127.0.0.1", 8080, "")
    assert settings.languages[:4] == ("en", "es", "fr", "sw")
    assert set(settings.languages) == set(known_languages())
    assert not settings.demo


def test_without_a_key_nothing_starts_outside_the_demonstration() -> None:
    (problem,) = problems(DATABASE_KEY="")
    assert problem.startswith("DATABASE_KEY is not set")
    (short,) = problems(DATABASE_KEY="short")
    assert "at least 32" in short


def test_the_demonstration_makes_its_own_key_once_for_its_owner_alone(
    demo: dict[str, str], tmp_path: Path
) -> None:
    first = load(demo)
    assert len(first.database_key) >= 32
    assert load(demo) == first
    assert stat.S_IMODE((tmp_path / "database.key").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["database.key"]


def test_the_demonstration_listens_on_this_machine_and_takes_no_live_account(
    demo: dict[str, str],
) -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.1.2.3"):
        assert load({**demo, "HOST": host}).host == host
    with pytest.raises(SettingsError, match=r"HOST is 0\.0\.0\.0"):
        load({**demo, "HOST": EVERYWHERE})
    for name in LIVE:
        with pytest.raises(SettingsError, match=f"{name} is set, but the demonstration"):
            load({**demo, name: "123:abc"})


def test_every_problem_is_named_at_once() -> None:
    found = problems(
        DEMO="maybe",
        DATABASE_URL="mysql://x",
        REDIS_URL="http://x",
        HOST="a b",
        PORT="99999",
        PUBLIC_URL="http://example.org",
        MEDIA_URL="ftp://x",
        COUNTRY="ZZ",
        LANGUAGES="en,xx",
        DATABASE_KEY="x",
        SENTRY_DSN="x",
    )
    names = [problem.partition(" ")[0] for problem in found]
    assert sorted(names) == sorted(
        [
            "DEMO",
            "DATABASE_URL",
            "REDIS_URL",
            "HOST",
            "PORT",
            "PUBLIC_URL",
            "MEDIA_URL",
            "COUNTRY",
            "LANGUAGES",
            "DATABASE_KEY",
            "SENTRY_DSN",
        ]
    )


@pytest.mark.parametrize("dsn", ["https://h/1", "https://key@h", "https://key@h/x", "ftp://k@h/1"])
def test_an_address_of_sentry_has_a_key_and_the_number_of_a_project(dsn: str) -> None:
    assert load({**REAL, "SENTRY_DSN": "https://key@h/sub/1"}).sentry_dsn
    (problem,) = problems(SENTRY_DSN=dsn)
    assert problem.startswith("SENTRY_DSN is no Sentry address")


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h:5432/d?sslmode=require", "postgresql+asyncpg://u:p@h:5432/d?sslmode=require"),
        ("sqlite:////srv/a.db", "sqlite+aiosqlite:////srv/a.db"),
    ],
)  # fmt: skip
def test_database_addresses_are_written_one_way(given: str, known: str) -> None:
    assert load({**REAL, "DATABASE_URL": given}).database_url == known


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://h:x/d", "x"])
def test_a_database_address_that_cannot_be_used_is_named(url: str) -> None:
    (problem,) = problems(DATABASE_URL=url)
    assert problem.startswith("DATABASE_URL ")


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://chat.example.org/", "https://chat.example.org"),
        ("http://127.0.0.1:8443", "http://127.0.0.1:8443"),
    ],
)
def test_a_public_address_has_no_slash_at_its_end(url: str, taken: str) -> None:
    assert load({**REAL, "PUBLIC_URL": url}).public_url == taken


def test_languages_are_offered_in_their_order_and_once() -> None:
    assert load({**REAL, "LANGUAGES": " sw, en,sw "}).languages == ("sw", "en")
    assert problems(LANGUAGES=" , ")


def test_commands_by_hand_work_on_the_demonstration_where_nothing_is_configured() -> None:
    assert load({}, by_hand=True).demo
    assert not load(REAL, by_hand=True).demo
    with pytest.raises(SettingsError):
        load({})


def test_secrets_are_not_shown() -> None:
    assert KEY not in repr(load({**REAL, "DATABASE_KEY": KEY}))


def test_only_this_machine_is_this_machine() -> None:
    names = ("localhost", "127.0.0.1", "::1", "[::1]", EVERYWHERE, "example.org", "127.evil.org")
    assert [is_loopback(name) for name in names] == [True] * 4 + [False] * 3
