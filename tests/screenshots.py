"""The pictures in docs/screenshots, taken of the real page: `make screenshots`.

The people are invented, the story is that of tests/browser/test_story.py, and the clock on the
bubbles is stopped, so that a picture changes only when what it shows does."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.browser.chromium import ChromiumMissing, chromium
from tests.browser.phones import Desk, Phone
from tests.browser.program import ROOT, Program

SHOTS = ROOT / "docs" / "screenshots"
WIDE, NARROW = (1360, 1000), (360, 800)
SHARP = 1.5
"""Pixels of a picture to one of the page: readable when enlarged, and still small. The wide one
has enough of them."""
AROUND = 9
"""Pixels of the page around a single phone."""

CLOCK_STOPPED = """
  const day = Date.prototype.toLocaleDateString;
  const stopped = new Date(Date.UTC(2026, 10, 23, 16, 24));
  Date.prototype.toLocaleTimeString = () => "10:24";
  Date.prototype.toLocaleDateString = function (...how) { return day.apply(stopped, how); };
"""


def main() -> int:
    """Take every picture; 1 where there is no browser."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            for scene in (story, in_one_hand, in_four_scripts):
                with TemporaryDirectory() as folder:
                    program = Program(Path(folder))
                    program.start()
                    try:
                        scene(browser, program)
                    finally:
                        program.stop()
    except ChromiumMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


def story(browser: Browser, program: Program) -> None:
    """Two makers of instruments meet, and everyone hears of a fair."""
    desk = opened(browser, program, WIDE, extra=[4])
    marie = desk.phone(1, look="telegram", language="fr")
    alma = desk.phone(2, look="whatsapp")
    ines = desk.phone(3, look="phone")
    rosa = desk.phone(4, look="sms", language="es")

    rosa_registers(rosa)
    marie_registers(marie)
    marie.says("partenaires")
    marie.hears("Qui voulez-vous rencontrer")
    one_phone(marie, "partners")
    marie.taps("Instruments de musique")
    marie.hears("animateur")
    alma.hears("would like to meet")
    ines_writes(ines)
    three_phones(browser, program)

    alma.taps("See both profiles")
    alma.hears("Name: Rosa Pineda")
    one_phone(alma, "broker")
    alma.taps("Approve")
    alma.hears("both are asked")
    marie.hears("rencontrer cette personne")
    marie.taps("Oui")
    marie.hears("peut-elle vous écrire")
    marie.taps("Montrer mon numéro")
    marie.hears("dit oui aussi")
    rosa.hears("Alguien quiere trabajar con usted")
    rosa.says("1", "2")
    marie.hears("oui tous les deux")
    one_phone(marie, "introduced")

    ines.taps("Yes")
    ines.hears("on its way")
    program.settles()
    ines.says("reports")
    ines.hears("Delivered")
    one_phone(ines, "announced")
    closed(desk)


def rosa_registers(rosa: Phone) -> None:
    rosa.says("Hola")
    rosa.hears("idioma")
    rosa.says(
        "Español", "si", "Rosa Pineda", "guitarras", "guitarras y marimbas", "Gracias", "12", "3"
    )
    rosa.hears("ayudaria")
    rosa.says("1")
    rosa.hears("otros talleres")
    one_phone(rosa, "sms")
    rosa.says("1")
    rosa.hears("registro")


def marie_registers(marie: Phone) -> None:
    marie.says("Bonjour")
    marie.hears("Quelle langue")
    marie.taps("Français")
    marie.hears("d'accord")
    marie.taps("Oui")
    marie.hears("appelle")
    marie.says("Marie Duval")
    marie.hears("Que fabriquez-vous")
    one_phone(marie, "register")
    marie.says("instruments de musique", "tambours et flûtes", "Gracias", "5", "2")
    marie.hears("aiderait")
    marie.taps("Vendre davantage")
    marie.hears("travailler")
    marie.taps("Oui")
    marie.hears("inscription")


def ines_writes(ines: Phone) -> None:
    """An announcement in two languages, up to its preview."""
    ines.says("announce")
    ines.hears("Who shall get")
    ines.taps("By language")
    ines.hears("Which languages")
    ines.says("español, français")
    texts = {
        "Español": "Feria en Gracias el sábado a las 9. El puesto es gratis.",
        "Français": "Foire à Gracias samedi à 9 heures. L'étal est gratuit.",
    }
    for language, text in texts.items():
        ines.hears("In which language")
        ines.taps(language)
        ines.hears("write the announcement")
        ines.says(text)
    ines.hears("Shall we send it now?")


def in_one_hand(browser: Browser, program: Program) -> None:
    """The same page on a narrow screen, the phone behaving as SMS would."""
    desk = opened(browser, program, NARROW, extra=[])
    wanja = desk.phone(1, look="sms", language="sw")
    wanja.says("Habari")
    wanja.hears("Kiswahili")
    wanja.says("Kiswahili")
    wanja.hears("Unakubali")
    under_the_tabs = "window.scrollBy(0, document.querySelector('.tabs').getBoundingClientRect().y)"
    desk.page.evaluate(under_the_tabs)
    taken(desk.page, "narrow")
    closed(desk)


def in_four_scripts(browser: Browser, program: Program) -> None:
    """Four people register, each in their own language, as far as what they make."""
    desk = opened(browser, program, WIDE, extra=[4, 5, 6])
    for number, look, language, said, picture in (
        (1, "whatsapp", "ar", ("مرحبا", "العربية", "نعم", "فاطمة"), "arabic"),
        (4, "telegram", "am", ("ሰላም", "አማርኛ", "አዎ", "አበበች"), "amharic"),
        (5, "whatsapp", "hi", ("नमस्ते", "हिन्दी", "हाँ", "सुनीता"), "hindi"),
        (6, "telegram", "es", ("Hola", "Español", "Sí", "Rosa Pineda"), "spanish"),
    ):
        phone = desk.phone(number, look=look, language=language)
        phone.says(*said)
        phone.hears(said[-1])
        one_phone(phone, picture)
    closed(desk)


# --- the camera ---------------------------------------------------------------------------------


def opened(
    browser: Browser,
    program: Program,
    size: tuple[int, int],
    *,
    extra: list[int],
    sharp: float = SHARP,
) -> Desk:
    return Desk.opened(
        browser,
        program.url,
        size=size,
        extra=extra,
        init_script=CLOCK_STOPPED,
        device_scale_factor=sharp,
        color_scheme="light",
        reduced_motion="reduce",
    )


def closed(desk: Desk) -> None:
    if desk.complaints:
        raise AssertionError("\n".join(desk.complaints))
    desk.close()


def three_phones(browser: Browser, program: Program) -> None:
    """The whole page as whoever opens it finds it, in the middle of the story."""
    desk = opened(browser, program, WIDE, extra=[], sharp=1)
    desk.phone(1, look="telegram", language="fr").shows("Instruments de musique")
    desk.phone(2, look="whatsapp").shows("would like to meet")
    desk.phone(3, look="phone").shows("Shall we send it now?")
    taken(desk.page, "phones", full_page=True)
    closed(desk)


def one_phone(phone: Phone, name: str) -> None:
    handset = phone.node.locator(".handset")
    handset.evaluate("(handset) => handset.scrollIntoView({ block: 'center' })")
    box = handset.bounding_box()
    if box is None:
        raise AssertionError(f"{phone.name} is not on show")
    around = {
        "x": box["x"] - AROUND,
        "y": box["y"] - AROUND,
        "width": box["width"] + 2 * AROUND,
        "height": box["height"] + 2 * AROUND,
    }
    taken(phone.page, name, clip=around)


def taken(page: Page, name: str, **what: object) -> None:
    path = SHOTS / f"{name}.png"
    page.mouse.move(1, 1)
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=path, animations="disabled", **what)  # type: ignore[arg-type]
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
