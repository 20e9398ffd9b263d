from __future__ import annotations

import json
import logging
import sys
from types import ModuleType
from typing import Any

import pytest
import structlog

from bot.logs import Discreet, configure_logs
from bot.sentry import bare, reporting
from bot.usage import UsageError

DSN = "https://key@sentry.example.org/1"


class Sentry(ModuleType):
    """Stands in for Sentry's library."""

    def __init__(self) -> None:
        super().__init__("sentry_sdk")
        self.options: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.flushed = 0

    def init(self, **options: Any) -> None:
        self.options = options

    def capture_event(self, event: dict[str, Any]) -> None:
        self.events.append(self.options["before_send"](event, {}))

    def flush(self, timeout: float) -> None:
        self.flushed += 1


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> Sentry:
    stands_in = Sentry()
    monkeypatch.setitem(sys.modules, "sentry_sdk", stands_in)
    return stands_in


def test_an_error_in_the_log_is_reported_as_it_stands_there(
    sentry: Sentry, capsys: pytest.CaptureFixture[str]
) -> None:
    with reporting(DSN) as also:
        configure_logs(also=also)
        log = structlog.get_logger()
        log.info("turns.done", inbox=[6])
        log.warning("fetch.failed", inbox=6, problem="TimeoutError")
        log.error("turn.failed", inbox=7, channel="sms", problem="KeyError engine.py:12")
        log.error("operator.alert", inbox=7, what="a message was laid aside")
    failed, alert = sentry.events
    (value,) = failed["exception"]["values"]
    assert value["type"] == "KeyError"
    assert value["stacktrace"]["frames"] == [{"filename": "engine.py", "lineno": 12}]
    assert (failed["transaction"], failed["extra"]["inbox"]) == ("turn.failed", 7)
    assert alert["exception"]["values"][0]["type"] == "operator.alert"
    assert sentry.flushed == 1
    assert len(capsys.readouterr().err.splitlines()) == 4


@pytest.mark.parametrize(("library", "count"), [("asyncio", 1), ("aiohttp.server", 0)])
def test_an_error_of_a_library_is_reported_unless_strangers_can_cause_it(
    sentry: Sentry, library: str, count: int
) -> None:
    with reporting(DSN) as also:
        configure_logs(also=also)
        try:
            int("Zoila")
        except ValueError as problem:
            said = (library, logging.ERROR, __file__, 1, "Zoila", ())
            info = (ValueError, problem, problem.__traceback__)
            Discreet().emit(logging.LogRecord(*said, exc_info=info))
    assert len(sentry.events) == count
    assert "Zoila" not in str(sentry.events)


def test_what_ends_the_process_is_reported_and_its_words_are_not(sentry: Sentry) -> None:
    with pytest.raises(ValueError, match="Zoila"), reporting(DSN) as also:
        configure_logs(also=also)
        raise ValueError("Zoila")
    (event,) = sentry.events
    assert event["transaction"] == "process.failed"
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert "Zoila" not in str(event)
    assert sentry.flushed == 1


def test_the_library_is_told_to_look_at_nothing_by_itself(sentry: Sentry) -> None:
    with reporting(DSN):
        options = sentry.options
    assert options["dsn"] == DSN
    assert options["max_breadcrumbs"] == 0
    assert options["max_request_body_size"] == "never"
    for switch in (
        "send_default_pii",
        "include_local_variables",
        "include_source_context",
        "default_integrations",
        "auto_enabling_integrations",
    ):
        assert options[switch] is False


def test_whatever_the_library_adds_is_taken_out() -> None:
    frame = {
        "filename": "engine.py",
        "function": "reply",
        "lineno": 12,
        "vars": {"name": "Zoila"},
        "context_line": "name = 'Zoila'",
    }
    event = {
        "event_id": "5",
        "level": "error",
        "message": "Zoila",
        "logentry": {"message": "%s", "params": ["Zoila"]},
        "server_name": "Zoila",
        "user": {"id": "Zoila"},
        "request": {"data": "Zoila", "url": "/sms/tigo?text=Zoila"},
        "breadcrumbs": {"values": [{"message": "Zoila"}]},
        "contexts": {"Zoila": {}},
        "modules": {"Zoila": "1"},
        "exception": {
            "values": [{"type": "KeyError", "value": "Zoila", "stacktrace": {"frames": [frame]}}]
        },
    }
    sent = bare(event, {})
    assert "Zoila" not in json.dumps(sent)
    (value,) = sent["exception"]["values"]
    assert value["stacktrace"]["frames"] == [
        {"filename": "engine.py", "function": "reply", "lineno": 12}
    ]
    assert sent["event_id"] == "5"


def test_without_an_address_nothing_is_reported_and_the_library_is_not_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with reporting("") as also:
        assert also == ()


def test_without_the_library_it_is_said_at_the_start_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    with pytest.raises(UsageError, match="make env-sentry"), reporting(DSN):
        pass
