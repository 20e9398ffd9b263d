"""A browser and a program for the tests of the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import ChromiumMissing, chromium
from tests.browser.phones import Desk
from tests.browser.program import Program

Opens = Callable[..., Desk]


# Not for the whole session: while it is open no other test may run a loop of its own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none the tests fail in CI and are left out elsewhere."""
    try:
        opened = chromium()
        with opened as found:
            yield found
    except ChromiumMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="package")
def begun(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program that has its demonstration data and does not run: the others begin with its."""
    program = Program(tmp_path_factory.mktemp("begun"))
    program.start()
    program.stop()
    return program


@pytest.fixture
def program(begun: Program, tmp_path: Path) -> Iterator[Program]:
    """A program of the test's own, running, with nothing in it but the demonstration."""
    own = begun.copy(tmp_path)
    own.start()
    yield own
    own.stop()


@pytest.fixture(scope="package")
def shared(begun: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A running program for tests that each take phones nobody else uses."""
    own = begun.copy(tmp_path_factory.mktemp("shared"))
    own.start()
    yield own
    own.stop()


@pytest.fixture
def opens(browser: Browser) -> Iterator[Opens]:
    """Opens the phones page of a program; at the end its console must have had nothing to say."""
    desks: list[Desk] = []

    def open_page(program: Program, **how: Any) -> Desk:
        desk = Desk.opened(browser, program.url, **how)
        desks.append(desk)
        return desk

    yield open_page
    complaints = [complaint for desk in desks for complaint in desk.complaints]
    for desk in desks:
        desk.close()
    assert complaints == []
