"""What a fresh machine meets first: the locks, the Makefile and the script `artisan`."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOGETHER = ("requirements.txt", "requirements-test.txt", "requirements-sentry.txt")
"""What goes into one environment; the peers to measure beside have their own."""

LOCKS = (*TOGETHER, "requirements-bench.txt")
SAYS_WHERE_IT_IS = """
import pathlib, sys
print(pathlib.Path.cwd(), pathlib.Path(__file__).parent.parent, *sys.argv[1:], sep="|")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose bot only says where it runs and what it was told."""
    root = tmp_path / "a check out"
    (root / "bot").mkdir(parents=True)
    (root / "bot" / "__init__.py").touch()
    (root / "bot" / "__main__.py").write_text(SAYS_WHERE_IT_IS)
    shutil.copy(ROOT / "artisan", root)
    shutil.copy(ROOT / "Makefile", root)
    (root / "requirements.txt").touch()
    return root


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Another folder, with a bot of its own that must not be taken for ours."""
    folder = tmp_path / "elsewhere"
    (folder / "bot").mkdir(parents=True)
    (folder / "bot" / "__main__.py").write_text("print('not ours')")
    return folder


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_pin_by_hash_and_name_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text)
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert "==" in requirement and "--hash=sha256:" in requirement, requirement


def test_the_locks_agree_on_every_package_they_share() -> None:
    pins = [
        dict(re.findall(r"^(\S+)==(\S+)", (ROOT / lock).read_text(), re.M)) for lock in TOGETHER
    ]
    for others in pins[1:]:
        assert {name: pins[0][name] for name in others.keys() & pins[0].keys()} == {
            name: others[name] for name in others.keys() & pins[0].keys()
        }


def test_everything_asked_for_is_locked() -> None:
    for lock in LOCKS:
        asked = re.findall(
            r"^([A-Za-z][\w.-]*)", (ROOT / lock).with_suffix(".in").read_text(), re.M
        )
        locked = re.findall(r"^(\S+)==", (ROOT / lock).read_text(), re.M)
        assert {name.lower() for name in asked} <= set(locked)


def test_files_given_to_artisan_are_the_callers(checkout: Path, elsewhere: Path) -> None:
    _with_environment(checkout)
    said = _run([f"{checkout}/artisan", "match", "needs file.jsonl"], elsewhere)
    assert said.stdout == f"{elsewhere}|{checkout}|match|needs file.jsonl\n"


def test_artisan_may_be_called_by_a_link(checkout: Path, elsewhere: Path) -> None:
    _with_environment(checkout)
    (elsewhere / "artisan").symlink_to("../a check out/artisan")
    said = _run(["./artisan", "doctor"], elsewhere)
    assert said.stdout == f"{elsewhere}|{checkout}|doctor\n"


def test_artisan_uses_the_python_of_a_platform_that_installed_for_it(
    checkout: Path, elsewhere: Path
) -> None:
    path = _path_with(elsewhere, python3=f'exec "{sys.executable}" "$@"')
    said = _run([f"{checkout}/artisan", "web"], elsewhere, path)
    assert said.stdout == f"{elsewhere}|{checkout}|web\n"
    assert not (checkout / ".venv").exists()


def test_artisan_makes_its_environment_when_there_is_none(checkout: Path, elsewhere: Path) -> None:
    python = f"""
case "$*" in
*"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"-m bot"*) exec "{sys.executable}" "$@" ;;
*find_spec*) exit 1 ;;
esac"""
    path = _path_with(elsewhere, python3=python)
    said = _run([f"{checkout}/artisan", "doctor"], elsewhere, path)
    assert said.stdout == f"{elsewhere}|{checkout}|doctor\n"
    assert "Making the environment" in said.stderr
    assert (checkout / ".venv" / "requirements.installed").exists()


def test_without_a_python_make_says_so(checkout: Path, elsewhere: Path) -> None:
    said = _run(["make", "env"], checkout, _path_with(elsewhere))
    assert said.returncode != 0
    assert "needs Python 3.11 or newer" in said.stderr


def test_a_python_that_is_too_old_or_only_a_name_is_passed_over(
    checkout: Path, elsewhere: Path
) -> None:
    path = _path_with(elsewhere, python3="exit 1", **{"python3.12": "exit 127"})
    said = _run(["make", "env"], checkout, path)
    assert said.returncode != 0
    assert "needs Python 3.11 or newer" in said.stderr


def test_without_the_venv_module_make_names_the_package_and_leaves_nothing_half_made(
    checkout: Path, elsewhere: Path
) -> None:
    python = 'case "$*" in *"-m venv"*) mkdir -p .venv/bin; echo no ensurepip; exit 1;; esac'
    said = _run(["make", "env"], checkout, _path_with(elsewhere, python3=python))
    assert said.returncode != 0
    assert "sudo apt-get install python3-venv" in said.stderr
    assert not (checkout / ".venv").exists()


def test_the_procfile_names_commands_of_artisan() -> None:
    processes = dict(
        line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line
    )
    assert processes == {
        "release": "./artisan migrate",
        "web": "./artisan web",
        "worker": "./artisan worker",
    }


@pytest.mark.parametrize("script", ["artisan", ".ci/run"])
def test_scripts_may_be_executed_and_have_no_slip_of_syntax(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & stat.S_IXUSR
    shell = "bash" if "bash" in path.read_text().splitlines()[0] else "sh"
    assert subprocess.run([shell, "-n", path], check=False).returncode == 0


def _with_environment(checkout: Path) -> None:
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (programs / "python").chmod(0o755)
    (checkout / ".venv" / "requirements.installed").touch()


def _path_with(folder: Path, **programs: str) -> str:
    """A PATH with what any machine has, and of pythons only those given as shell text."""
    here = folder / "programs"
    here.mkdir()
    for name in ("sh", "make", "cat", "cp", "dirname", "echo", "mkdir", "readlink", "rm", "touch"):
        found = shutil.which(name)
        assert found is not None, f"this machine has no {name}"
        (here / name).symlink_to(found)
    for name, text in programs.items():
        (here / name).write_text(f"#!/bin/sh\n{text}\n")
        (here / name).chmod(0o755)
    return str(here)


def _run(
    command: list[str], folder: Path, path: str = os.defpath
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
