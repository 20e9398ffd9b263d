"""The pictures of the phones page in docs/screenshots, made anew: `make screenshots`.

The real program with its demonstration data, in a browser without a window."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from tests.browser.chromium import ChromiumMissing, chromium
from tests.browser.phones import Desk
from tests.browser.program import Program

SHOTS = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
WIDE, NARROW = (1366, 1040), (360, 740)


def three_phones(browser: Browser, url: str) -> None:
    """An artisan asks to meet somebody, the broker is alerted, the coordinator announces."""
    desk = Desk.opened(browser, url, size=WIDE, reduced_motion="reduce")
    marta = desk.phone(1, look="telegram", language="es")
    alma = desk.phone(2, look="whatsapp")
    ines = desk.phone(3, look="phone")
    ines.says("WEEK")
    ines.hears()
    marta.says("Hola", "2", "1", "Marta López", "tejido", "mantas y bufandas", "Gracias", "12")
    marta.hears("personas")
    marta.says("4", "El hilo está caro", "1")
    marta.hears("Marta López")
    marta.says("SOCIOS")
    marta.hears("¿A quién quiere conocer?")
    marta.says("1")
    marta.hears("Pronto le escribimos")
    alma.hears("would like to meet")
    ines.says("ANNOUNCE")
    ines.hears()
    desk.page.screenshot(path=SHOTS / "phones.png")
    desk.close()


def a_basic_phone_on_a_narrow_screen(browser: Browser, url: str) -> None:
    """The same page held in one hand, behaving as SMS would."""
    desk = Desk.opened(browser, url, size=NARROW, reduced_motion="reduce")
    wanja = desk.phone(1, look="sms", language="sw")
    wanja.says("Habari")
    wanja.hears("Kiswahili")
    wanja.says("4")
    wanja.hears()
    desk.page.screenshot(path=SHOTS / "narrow.png")
    desk.close()


def main() -> int:
    """Make every picture; 1 where there is no browser."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    scenes = (three_phones, a_basic_phone_on_a_narrow_screen)
    try:
        with chromium() as browser:
            for scene in scenes:
                with TemporaryDirectory() as folder:
                    program = Program(Path(folder))
                    program.start()
                    try:
                        scene(browser, program.url)
                    finally:
                        program.stop()
    except ChromiumMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
