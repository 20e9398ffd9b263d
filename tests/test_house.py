"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "flows", "matching", "networks", "storage", "tests", "trial")
PURE = ("flows", "matching", "networks")
CODE = {".py", ".js", ".css", ".html", ".sh"}
TEXT = CODE | {".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".json", ".po", ".pot", ".ini", ""}
LONGEST = 400
VAGUE = re.compile(r"^(utils?|helpers?|commons?|managers?|misc|stuff)$|_(utils?|helpers?|manager)$")

# Where a build's own machine keeps things, and who delivered the packages: neither is the project.
# Written in pieces, or this file would be the first to break the rule.
OF_A_MACHINE = re.compile(
    "|".join(("/wor" + "k/", "/hom" + "e/[a-z]", "/roo" + "t/", "/Use" + "rs/"))
)
OF_AN_INDEX = re.compile("|".join(("pypi" + r"\.org", "python" + "hosted", "extra-in" + "dex-url")))

IMPURE_MODULES = {
    "asyncio",
    "getpass",
    "http",
    "logging",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
}
# A type and its spelling ask nobody for anything.
PURE_NAMES = {("uuid", "UUID"), ("urllib", "parse"), ("urllib.parse", "quote")}
IMPURE_CALLS = {"now", "today", "utcnow", "uuid1", "uuid4", "uuid7", "getenv"}
IMPURE_BUILTINS = {"input", "print"}


def files_of(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def files_of_the_project() -> Iterator[Path]:
    """Those in its folders and at its root; in a second work tree `.git` is a file there."""
    yield from (path for path in sorted(ROOT.iterdir()) if path.is_file() and path.name != ".git")
    yield from files_of(*PACKAGES, ".ci", "docs", "locales", "bench")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_package_in_the_map_exists() -> None:
    missing = [name for name in PACKAGES if not (ROOT / name / "__init__.py").is_file()]
    missing += [name for name in ("docs", "locales") if not (ROOT / name).is_dir()]
    assert missing == []


def test_no_file_is_too_long_to_read_at_a_sitting() -> None:
    lengths = {
        named(path): len(path.read_text().splitlines())
        for path in files_of(*PACKAGES)
        if path.suffix in CODE
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_name_says_only_that_something_is_in_it() -> None:
    names = {
        named(path): part
        for path in files_of(*PACKAGES)
        for part in path.relative_to(ROOT).with_suffix("").parts
    }
    classes = {
        f"{named(path)}: {node.name}": node.name.lower()
        for path in files_of(*PACKAGES)
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    vague = [place for place, name in (names | classes).items() if VAGUE.search(name)]
    vague += [place for place, name in classes.items() if name.endswith(("manager", "helper"))]
    assert vague == []


@pytest.mark.parametrize("pattern", [OF_A_MACHINE, OF_AN_INDEX], ids=["machine", "index"])
def test_nothing_names_the_machine_or_the_index_it_was_made_with(pattern: re.Pattern[str]) -> None:
    found = [
        f"{named(path)}:{number}: {line.strip()[:80]}"
        for path in files_of_the_project()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_the_pure_three_ask_no_clock_no_chance_no_environment() -> None:
    impure = [
        f"{named(path)}:{line}: {what}"
        for path in files_of(*PURE)
        if path.suffix == ".py"
        for line, what in impurities(ast.parse(path.read_text()))
    ]
    assert impure == []


def test_impurities_are_seen_however_they_are_written() -> None:
    source = """
import os.path
import random as chance
from time import monotonic
from uuid import UUID, uuid4
from datetime import datetime, time
import datetime as dt
datetime.now(), dt.date.today()
time(8, 30), clock(), given.now
"""
    assert [what for _, what in impurities(ast.parse(source))] == [
        "os",
        "random",
        "time",
        "uuid.uuid4",
        "now()",
        "today()",
    ]


def impurities(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of each import or call that depends on more than what was passed in."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [alias.name.split(".")[0] for alias in names]
                found += [(node.lineno, name) for name in modules if name in IMPURE_MODULES]
            case ast.ImportFrom(module=str(module), names=names, level=0):
                found += [(node.lineno, name) for name in _impure_names(module, names)]
            case ast.Call(func=ast.Attribute(attr=name)) if name in IMPURE_CALLS:
                found.append((node.lineno, f"{name}()"))
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_CALLS | IMPURE_BUILTINS:
                found.append((node.lineno, f"{name}()"))
            case _:
                pass
    return sorted(found, key=lambda each: each[0])


def _impure_names(module: str, names: list[ast.alias]) -> list[str]:
    if module.split(".")[0] not in IMPURE_MODULES:
        return []
    impure = [alias.name for alias in names if (module, alias.name) not in PURE_NAMES]
    if len(impure) == len(names):
        return [module]
    return [f"{module}.{name}" for name in impure]
