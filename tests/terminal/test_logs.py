"""The log of a server: a JSON object a line, and nothing in it of what people write."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.logs import Discreet, configure_logs
from tests.terminal.conftest import ROOT
from tests.terminal.test_chat import free_port

Process = Callable[..., "subprocess.Popen[str]"]

TOLD = ("Zoila", "50588887777", "at+least+16", "at least 16")
SENT = "from=+50588887777&text=me llamo Zoila"
ZIPPED = "Content-Length: 5\r\nContent-Encoding: gzip\r\n\r\nZoila"
REQUESTS = {
    "BadStatusLine": f"POST /sms/tigo?secret=at+least+16+characters&{SENT} HTTP/1.1\r\n\r\n",
    "BadHttpMessage": f"POST /sms HTTP/1.1\r\nX-Secret: at least 16 characters\r\n{SENT}\r\n\r\n",
    "RequestPayloadError": f"POST /sms HTTP/1.1\r\nHost: localhost\r\n{ZIPPED}",
}


def test_of_a_malformed_request_nothing_is_logged_but_what_kind_of_problem_it_was(
    process: Process,
) -> None:
    port = free_port()
    running = process("run", PORT=str(port))
    try:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("Artisan Connect is ")
        for request in REQUESTS.values():
            with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
                line.sendall(request.encode())
                assert line.recv(100).startswith(b"HTTP/1.")
    finally:
        running.terminate()
        _, errors = running.communicate(timeout=30)
    lines = [json.loads(line) for line in errors.splitlines()]
    said = [line for line in lines if line.get("logger") == "aiohttp.server"]
    assert [line["problem"].split()[0] for line in said] == list(REQUESTS)
    assert not [told for told in TOLD if told in errors]


@contextmanager
def listening() -> Iterator[None]:
    """Logs as in a server, though the tests listen to libraries as well."""
    handler, root = Discreet(), logging.getLogger()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logs()
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_of_what_a_library_says_there_is_who_how_bad_and_what_arose_where(
    capsys: pytest.CaptureFixture[str],
) -> None:
    library = logging.getLogger("some.library")
    with listening():
        try:
            int("Zoila")
        except ValueError:
            library.exception("cannot read %s", "Zoila")
        library.warning("Zoila is odd", stack_info=True)
    failed, odd = written(capsys)
    assert failed["problem"].startswith("ValueError test_logs.py:")
    assert (failed["logger"], failed["level"]) == ("some.library", "error")
    assert (odd["logger"], odd["level"]) == ("some.library", "warning")
    assert "Zoila" not in f"{failed}{odd}"


def test_of_what_fails_in_nobodys_hands_the_words_are_not_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def failing() -> None:
        asyncio.get_running_loop().call_soon(int, "Zoila")
        await asyncio.sleep(0)

    with listening():
        asyncio.run(failing())
    (failed,) = written(capsys)
    assert (failed["logger"], failed["level"]) == ("asyncio", "error")
    assert failed["problem"].startswith("ValueError ")
    assert "Zoila" not in str(failed)


def test_of_a_warning_there_is_its_kind_and_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with listening():
        warnings.warn("Zoila is deprecated", DeprecationWarning, stacklevel=1)
    (warned,) = written(capsys)
    assert warned["problem"] == "DeprecationWarning"
    assert warned["at"].startswith("test_logs.py:")
    assert "Zoila" not in str(warned)


STANDS_IN = """
from pathlib import Path
def init(dsn, **options): Path("began").write_text(dsn)
def capture_event(event): pass
def flush(timeout): Path("ended").touch()
"""


@pytest.mark.parametrize("installed", [True, False])
def test_a_server_reports_its_errors_where_it_is_told_to_and_says_what_it_lacks(
    process: Process, home: Path, tmp_path_factory: pytest.TempPathFactory, installed: bool
) -> None:
    library = tmp_path_factory.mktemp("library")
    (library / "sentry_sdk.py").write_text(STANDS_IN if installed else "raise ImportError")
    dsn, path = "http://key@127.0.0.1:9/1", f"{library}:{ROOT}"
    running = process("run", PORT=str(free_port()), SENTRY_DSN=dsn, PYTHONPATH=path)
    assert running.stdout is not None
    said = running.stdout.readline()
    running.terminate()
    _, errors = running.communicate(timeout=30)
    if installed:
        assert said.startswith("Artisan Connect is ready")
        assert (home / "began").read_text() == dsn
        assert (home / "ended").exists()
    else:
        assert running.returncode == 2
        assert "make env-sentry" in errors
