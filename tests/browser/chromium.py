"""Debian's own browser, driven by Playwright; where it is missing, what to install."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)
MISSING = (
    "the browser is not here: sudo apt-get install chromium fonts-noto-core, "
    "or name one in CHROMIUM"
)


class ChromiumMissing(RuntimeError):
    """There is no browser on this machine; says what to install."""

    def __init__(self) -> None:
        super().__init__(MISSING)


def program() -> Path:
    """Where the browser is. Raises ChromiumMissing."""
    given = os.environ.get("CHROMIUM")
    found = given or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None or not Path(found).is_file():
        raise ChromiumMissing
    return Path(found)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window, until the block ends. Raises ChromiumMissing."""
    executable = program()
    sandboxed = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=[*FLAGS, *sandboxed], headless=True
        )
        try:
            yield browser
        finally:
            browser.close()
