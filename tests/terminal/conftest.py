"""The command `artisan`, in this process or as one of its own, on a database of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main, pipeline_of
from bot.settings import load
from tests.conftest import DATABASE_KEY

ROOT = Path(__file__).resolve().parent.parent.parent

Artisan = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def demonstration(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration in which everybody is there and nobody has said anything."""
    folder = tmp_path_factory.mktemp("demonstration")
    shutil.copyfile(sqlite_template, folder / "artisan.db")
    (folder / "database.key").write_text(DATABASE_KEY)
    settings = load({"DEMO": "1", "DATABASE_URL": f"sqlite:///{folder}/artisan.db"})

    async def filled() -> None:
        async with pipeline_of(settings):
            pass

    asyncio.run(filled())
    return folder


@pytest.fixture
def home(demonstration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a demonstration lives; the environment points there."""
    for path in demonstration.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/artisan.db")
    monkeypatch.setenv("DEMO", "1")
    return tmp_path


@pytest.fixture
def artisan(home: Path, capfd: pytest.CaptureFixture[str]) -> Artisan:
    """Runs the command in this process: exit code, output, errors."""

    def run(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(list(words))
        said = capfd.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def process(home: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts the command as a process."""

    def start(*words: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "bot", *words],
            cwd=home,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
