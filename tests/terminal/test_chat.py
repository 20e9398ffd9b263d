"""`artisan chat` and the processes it may find beside it."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bot.__main__ import pipeline_of
from bot.messages import Incoming
from bot.settings import load
from bot.terminal import written
from tests.conftest import DATABASE_KEY

REGISTRATION = "hola\nespañol\nsí\nMarta\n1\nhamacas\nGracias\n12\n3\n1\nsí\n"
WHO = ("chat", "--as", "tel:+50499887766")

Process = Callable[..., "subprocess.Popen[str]"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(process: Process) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`artisan run`, ready, and its port."""
    port = free_port()
    running = process("run", PORT=str(port))
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == f"Artisan Connect is ready: http://127.0.0.1:{port}\n"
        yield running, port
    finally:
        running.kill()
        running.communicate()


def said(process: Process, lines: str, *words: str, **environ: str) -> str:
    talking = process(*(words or WHO), **environ)
    out, err = talking.communicate(lines, timeout=50)
    assert talking.returncode == 0, err
    assert err == ""
    return out


def test_a_conversation_by_a_pipe_registers_an_artisan(process: Process, home: Path) -> None:
    out = said(process, REGISTRATION)
    assert "Gracias, Marta" in out
    assert re.search(r"(?m)^1\. .+: .+\.$", out), out  # a partner, with a reason
    file = home / "enterprises.jsonl"
    process("export", "enterprises", str(file)).communicate(timeout=30)
    (enterprise,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert (enterprise["craft"], enterprise["place"]) == ("weaving", "Gracias")
    assert "Marta" not in file.read_text()
    assert "99887766" not in file.read_text()
    kept = b"".join(path.read_bytes() for path in home.glob("artisan.db*"))
    assert b"Marta" not in kept
    assert b"99887766" not in kept  # not even in the names of what was written


def test_beside_a_server_a_talk_goes_through_it_and_no_second_one_starts(
    process: Process, server: tuple[subprocess.Popen[str], int]
) -> None:
    running, port = server
    assert "2 English" in said(process, "hola\n")
    assert said(process, "2\n") != ""
    second = process("worker")
    _, err = second.communicate(timeout=30)
    assert second.returncode == 2
    assert err.startswith(f"artisan: process {running.pid} is already at work on this database")
    assert len(err.splitlines()) == 1
    third = process("web", PORT=str(port))
    _, err = third.communicate(timeout=30)
    assert third.returncode == 2
    assert err.startswith(f"artisan: port {port} of 127.0.0.1 cannot be had")
    assert "set PORT" in err


def test_a_talk_sends_nothing_by_a_gateway_whoever_else_is_waiting_for_an_answer(
    process: Process, tmp_path: Path
) -> None:
    asked: list[str] = []

    class FarSide(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), FarSide) as far_side:
        threading.Thread(target=far_side.serve_forever, daemon=True).start()
        gateway = {"name": "tigo", "prefixes": ["+504"], "secret": "s" * 16, "two_way": False}
        own = {
            "DEMO": "0",
            "DATABASE_KEY": DATABASE_KEY,
            "DATABASE_URL": f"sqlite:///{tmp_path}/own.db",
            "SMS_GATEWAYS": json.dumps(
                [gateway | {"url": f"http://127.0.0.1:{far_side.server_port}"}]
            ),
        }
        process("migrate", **own).communicate(timeout=50)
        asyncio.run(somebody_wrote_by_sms(own))
        assert "English" in said(process, "hola\nhola\n", "chat", "--as", "phone:anna", **own)
        far_side.shutdown()
    assert asked == []


async def somebody_wrote_by_sms(environ: dict[str, str]) -> None:
    one = Incoming("sms", "tigo:1", ("tel:+50499000001",), text="hola", line="gateway:tigo")
    async with pipeline_of(load(environ)) as pipeline:
        await pipeline.intake.accept([one], pipeline.clock())


def test_the_answers_of_a_pipe_end_with_its_last_line(process: Process) -> None:
    assert said(process, "") == ""
    assert said(process, "\n \n\n") == ""
    assert "English" in said(process, "hola")  # no line's end


def test_a_folder_for_media_that_cannot_be_made_is_named(process: Process) -> None:
    command = process("web", MEDIA_URL=f"{__file__}/media")
    _, err = command.communicate(timeout=30)
    assert command.returncode == 2
    assert "set MEDIA_URL to a folder of your own" in err


def test_an_address_that_is_not_this_machines_is_named(process: Process, tmp_path: Path) -> None:
    own = {"DEMO": "0", "DATABASE_KEY": "k" * 40, "DATABASE_URL": f"sqlite:///{tmp_path}/own.db"}
    command = process("web", HOST="192.0.2.1", **own)
    _, err = command.communicate(timeout=30)
    assert command.returncode == 2
    assert "set HOST to an address of this machine" in err


def test_told_to_stop_it_finishes_and_its_logs_hold_ids_only(
    process: Process, server: tuple[subprocess.Popen[str], int]
) -> None:
    running, port = server
    said(process, "hola\nespañol\nsí\nMartina Zelaya\n")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=10) as answer:
        assert json.load(answer)["ready"] is True
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 0
    for line in err.splitlines():
        assert json.loads(line)["level"] in ("info", "warning")
    assert "turns.done" in err
    for secret in ("Martina", "99887766", "hola", "español"):
        assert secret not in err


def test_what_a_screen_shows_as_lines() -> None:
    button = {"label": "Yes", "payload": "x", "number": "1"}
    digits = {"label": "2", "payload": "y", "number": "2"}
    assert written({"text": "Well?", "buttons": [button, digits]}) == "Well?\n  1. Yes\n  2"
    menu = {"button": "Choose", "items": [button]}
    assert written({"text": "Well?", "buttons": [], "list": menu}) == "Well?\n  1. Yes"
    assert written({"text": "", "media": {"kind": "photo"}}) == "  [photo]"
