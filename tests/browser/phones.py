"""Phones as the people who hold them use them: they say, tap, hear, and look at the screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
)
from playwright.sync_api import Error as PlaywrightError

SOON = 20_000
"""Milliseconds an answer may take, on a machine with everything else to do."""

WIDE = (1360, 960)
LINE_IS_DOWN = re.compile(r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED")

UNHEARD = """([phone, after, fragments]) => {
  const said = [...document.querySelectorAll(`#${phone} .message.from-bot`)]
    .filter((node) => Number(node.dataset.seq) > after);
  const at = said.find((node) => fragments.every((one) => node.innerText.includes(one)));
  return at ? { seq: Number(at.dataset.seq), text: at.innerText } : null;
}"""


class Unheard(AssertionError):
    """A phone did not say what it should have; shows what it did say."""


@dataclass
class Desk:
    """One browser tab with its phones. Whatever its console complains about ends up in
    `complaints`; that the line to the server is down is none while a test has it killed."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def opened(
        cls,
        browser: Browser | BrowserContext,
        url: str,
        *,
        extra: Iterable[int] = (),
        size: tuple[int, int] = WIDE,
        init_script: str = "",
        **how: Any,
    ) -> Desk:
        """A tab of the phones page, in a profile of its own unless one is given; `extra` phones
        stand beside the three, and `init_script` runs before the page's own."""
        if isinstance(browser, Browser):
            how = {"locale": "en-GB", "timezone_id": "America/Tegucigalpa", **how}
            viewport = {"width": size[0], "height": size[1]}
            browser = browser.new_context(viewport=viewport, **how)  # type: ignore[arg-type]
        page = browser.new_page()
        desk = cls(page)
        page.on("console", desk._console)
        page.on("pageerror", lambda error: desk.complaints.append(str(error)))
        page.set_default_timeout(SOON)
        numbers = json.dumps(sorted(extra))
        page.add_init_script(
            f"localStorage['artisan.phones'] ??= {json.dumps(numbers)};"
            "addEventListener('securitypolicyviolation',"
            " (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI));"
            + init_script
        )
        page.goto(url)
        return desk

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not LINE_IS_DOWN.search(message.text):
            self.complaints.append(message.text)

    def phone(self, number: int, *, look: str | None = None, language: str | None = None) -> Phone:
        """The phone of that number, set up as asked."""
        phone = Phone(self.page, f"demo-{number}")
        if look:
            phone.behaves_as(look)
        if language:
            phone.speaks(language)
        return phone

    def close(self) -> None:
        self.page.context.close()


@dataclass
class Phone:
    """One phone on the page and the person who holds it."""

    page: Page
    name: str
    heard: int = field(default=0, init=False)
    """The seq of the last message that was listened for: what comes next is after it."""

    @property
    def node(self) -> Locator:
        return self.page.locator(f"#{self.name}")

    @property
    def log(self) -> Locator:
        return self.node.locator("[data-role=log]")

    @property
    def composer(self) -> Locator:
        return self.node.locator("[data-role=composer]")

    # What they do

    def says(self, *texts: str) -> None:
        """Write and send; each text waits until the one before was answered."""
        for at, text in enumerate(texts):
            self.types(text)
            if at < len(texts) - 1:
                self.hears()

    def types(self, text: str) -> None:
        """Write and send without waiting for anything."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def taps(self, label: str) -> None:
        """Tap an answer of the newest message that offers some: in a list, open it first; where
        the buttons are only numbered, that of the line with the label."""
        message = self.log.locator(".message:not(.past)").filter(has=self.page.locator(".options"))
        offering = message.last.locator(".options")
        expect(offering).to_be_visible(timeout=SOON)
        if number := _numbered(message.last.locator(".text").inner_text(), label):
            label = number
        opener = offering.locator("[data-opens=list]")
        if opener.count():
            opener.click()
            offering = self.node.locator(".list-sheet")
        exact = re.compile(rf"^{re.escape(label)}$") if label.isdigit() else label
        offering.locator(".option .option-label").filter(has_text=exact).first.click()

    def behaves_as(self, look: str) -> None:
        self.node.locator("[data-role=look]").select_option(look)

    def speaks(self, language: str) -> None:
        """Change the phone's language, as in its settings."""
        self.node.locator("[data-role=language]").select_option(language)

    # What they hear and see

    def hears(self, *fragments: str) -> str:
        """The next message of the bot that holds all of these; what comes before is passed over."""
        return self._heard(fragments, SOON)

    def _heard(self, fragments: tuple[str, ...], patience: float) -> str:
        asked = [self.name, self.heard, list(fragments)]
        try:
            found = self.page.wait_for_function(UNHEARD, arg=asked, timeout=patience).json_value()
        except PlaywrightError as problem:
            wanted = " … ".join(fragments) or "anything"
            raise Unheard(
                f"{self.name} did not hear “{wanted}” after message {self.heard}. "
                f"Its screen:\n{self.screen()}"
            ) from problem
        self.heard = int(found["seq"])
        return str(found["text"])

    def shows(self, text: str) -> None:
        """That the screen shows a text, once it has come."""
        expect(self.log).to_contain_text(text, timeout=SOON)

    def never_showed(self, text: str) -> None:
        assert text not in self.screen(), f"{self.name} shows “{text}”:\n{self.screen()}"

    def screen(self) -> str:
        """Everything on the screen's log, as text."""
        return str(self.log.inner_text())

    def messages(self) -> list[str]:
        """The texts on the screen, in order."""
        return self.log.locator(".message .text").all_inner_texts()

    def said(self, text: str) -> Locator:
        """One's own messages with exactly this text."""
        own = self.log.locator(".message.from-me .text")
        return own.filter(has_text=re.compile(f"^{re.escape(text)}$"))

    def is_connected(self) -> None:
        self._is("connected")

    def is_waiting(self) -> None:
        self._is("waiting")

    def has_sent_everything(self) -> None:
        """That the server has accepted all that was written here."""
        line = self.node.locator("[data-role=state]")
        expect(line).to_have_attribute("data-unsent", "0", timeout=SOON)

    def _is(self, state: str) -> None:
        line = self.node.locator("[data-role=state]")
        expect(line).to_have_attribute("data-state", state, timeout=SOON)


def _numbered(text: str, label: str) -> str | None:
    """The number of the line that offers this label, where options stand as lines."""
    found = re.search(rf"^(\d+)\.? .*{re.escape(label)}", text, re.MULTILINE)
    return found[1] if found else None
