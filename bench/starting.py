"""How long `artisan run` takes to be ready, and what it holds when nothing happens."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from bench.processes import OURS, ROOT, Program, bare, running
from bench.rows import Row, at_most
from bench.turns import environment
from storage.database import migrate

READY_WITHIN, MEMORY = 2.5, 120.0
PATIENCE, REST = 60.0, 3.0
"""Seconds it may take at all; and after which an idle process is looked at."""


def rows(runs: int) -> list[Row]:
    """With Telegram configured, on SQLite, on a warm disk."""
    took, held = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder, running(OURS, "bench.farside") as far:
        url = f"sqlite:///{folder}/artisan.db"
        migrate(url)
        for run in range(runs + 1):
            with _started(url, far.port) as (program, seconds):
                time.sleep(REST)
                if run:  # the first one warms the disk
                    took.append(seconds)
                    held.append(program.memory())
    return [
        at_most("start of artisan run to /ready", "s", took, READY_WITHIN),
        at_most("memory of artisan run, idle, Telegram configured", "MB", held, MEMORY),
    ]


@contextlib.contextmanager
def _started(url: str, far: int) -> Iterator[tuple[Program, float]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    configured = environment(url, TELEGRAM_API_URL=f"http://127.0.0.1:{far}", PORT=str(port))
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(OURS), "-P", "-m", "bot", "run"],
        cwd=ROOT,
        env={**bare(), **configured, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        while not _is_ready(port):
            if time.perf_counter() - began > PATIENCE or process.poll() is not None:
                raise RuntimeError("artisan run did not become ready")
            time.sleep(0.01)
        yield Program(process, port), time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
