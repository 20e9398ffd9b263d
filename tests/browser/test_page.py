"""The page in people's hands: small screens, keyboards, other scripts, two windows, odd input."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, FilePayload, Locator, Page, Route, expect

from tests.browser.conftest import Opens
from tests.browser.phones import Phone
from tests.browser.program import Program

SMALL = (360, 640)
LOOKS = ("telegram", "whatsapp", "sms", "phone")
LANGUAGES = ("en", "es", "fr", "sw", "ar")

TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const sticks = (node) => {
    const box = node.getBoundingClientRect();
    return box.width && (box.right > width + 0.5 || box.left < -0.5) &&
      !node.closest(".unseen, .skip, .tabs");
  };
  return [...document.body.querySelectorAll("*")].filter(sticks)
    .map((node) => `${node.tagName}.${node.className}`)
    .concat(document.documentElement.scrollWidth > width ? ["the page itself"] : []);
}"""


def asks_for_a_craft(phone: Phone, name: str = "Ana") -> None:
    """Bring a phone to the question with the most answers."""
    phone.says("hello")
    phone.hears("Which language")
    phone.says("English", "yes", name)
    phone.hears("What do you make?")


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_wider_than_a_screen_of_360_pixels(
    shared: Program, opens: Opens, look: str
) -> None:
    number = 4 + LOOKS.index(look)
    desk = opens(shared, extra=[number], size=SMALL)
    phone = desk.phone(number, look=look)
    asks_for_a_craft(phone, name="Ana" + "m" * 50)
    assert desk.page.evaluate(TOO_WIDE) == []
    expect(desk.page.locator(f"#tab-demo-{number}")).to_be_in_viewport(ratio=1)
    for language in LANGUAGES:
        desk.page.locator("#page-language").select_option(language)
        assert desk.page.evaluate(TOO_WIDE) == [], language


def test_somebody_registers_by_keyboard_alone(shared: Program, opens: Opens) -> None:
    desk = opens(shared, extra=[8])
    phone = desk.phone(8)
    keys = Keys(desk.page)

    keys.goes_to(phone.node.locator("[data-role=look]"))
    keys.press("w")  # WhatsApp
    keys.goes_to(phone.composer)
    keys.writes("hello")
    phone.hears("Which language do you speak?")
    keys.goes_back_to(phone.node.locator("[data-opens=list]"))
    keys.press("Enter")
    expect(phone.node.locator(".list-sheet")).to_be_visible()
    keys.press("Escape")
    expect(phone.node.locator(".list-sheet")).to_have_count(0)
    keys.press("Enter")
    keys.chooses("English")
    phone.hears("Do you agree?")
    keys.goes_back_to(phone.node.locator(".message:not(.past) .option").first)
    keys.chooses("Yes")
    phone.hears("What do people call you")
    keys.goes_to(phone.composer)
    keys.writes("Ana Paz")
    phone.hears("What do you make?")
    for answer in ("baskets", "baskets and hats", "Copan Ruinas", "7", "2"):
        keys.writes(answer)
        phone.hears()
    phone.shows("What would help you most")
    keys.goes_back_to(phone.node.locator("[data-opens=list]").last)
    keys.press("Enter")
    keys.chooses("I want to learn")
    phone.hears("Would you like to work together")
    keys.goes_back_to(phone.node.locator(".message:not(.past) .option").first)
    keys.chooses("Only people I know")
    phone.hears("You are registered")


def test_who_reads_from_right_to_left_has_their_own_words_on_the_left(
    shared: Program, opens: Opens
) -> None:
    desk = opens(shared, extra=[9])
    desk.page.goto(f"{shared.url}/?lang=ar")
    phone = desk.phone(9, look="whatsapp")
    phone.says("مرحبا")
    phone.hears()
    expect(phone.node.locator(".handset")).to_have_css("direction", "rtl")
    mine = phone.log.locator(".from-me .bubble").first.bounding_box()
    theirs = phone.log.locator(".from-bot .bubble").first.bounding_box()
    assert mine and theirs
    assert mine["x"] < theirs["x"]
    assert mine["x"] + mine["width"] < theirs["x"] + theirs["width"]
    asked = phone.log.locator(".from-bot .text").first
    expect(asked).to_have_attribute("dir", "auto")


def test_what_looks_like_markup_is_shown_as_it_was_written(shared: Program, opens: Opens) -> None:
    desk = opens(shared, extra=[10])
    opened: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    desk.page.on("dialog", dismissed)
    phone = desk.phone(10, look="telegram")
    written = "<b>Ana</b><img src=x onerror=alert(1)>"
    asks_for_a_craft(phone, name=written)
    phone.shows(f"Thank you, {written}")
    expect(phone.said(written)).to_have_count(1)
    for tag in ("b", "img:not([src^='/static/'])", "script"):
        expect(phone.log.locator(tag)).to_have_count(0)
    assert opened == []


def test_a_second_window_of_the_same_phone_shows_the_same(shared: Program, opens: Opens) -> None:
    first = opens(shared, extra=[11])
    here = first.phone(11)
    here.says("hello")
    here.hears("Which language")
    second = type(first).opened(first.page.context, shared.url)
    there = second.phone(11)
    there.shows("Which language")

    there.says("English")
    here.shows("Do you agree?")
    here.says("yes")
    there.shows("What do people call you")
    expect(here.log.locator(".message")).to_have_count(6)
    expect(there.log.locator(".message")).to_have_count(6)
    assert there.messages() == here.messages()
    assert second.complaints == []


def test_a_place_is_given_by_a_pin_on_the_map(shared: Program, opens: Opens) -> None:
    desk = opens(shared, extra=[12])
    phone = desk.phone(12, look="telegram")
    asks_for_a_craft(phone)
    phone.says("pottery", "pots")
    phone.hears("In which town or village")
    held: list[Route] = []
    desk.page.route("**/phone/places/*", lambda route: held.append(route))
    phone.node.locator("[data-role=want]").click()
    sheet = phone.node.locator(".map-sheet")
    sheet.locator("[data-role=lat]").fill("14.59")
    sheet.locator("[data-role=lon]").fill("-88.58")
    expect(sheet.locator(".map-said")).to_contain_text("14.59")
    for one in held:  # the towns are there only after the place was typed
        one.continue_()
    expect(sheet.locator(".map-said")).to_contain_text("Gracias")
    sheet.locator("[data-role=map-send]").click()
    phone.hears("How many years")
    expect(phone.log.locator(".pin")).to_contain_text("Gracias")


def test_a_photo_is_sent_with_its_words_and_shown_again_to_a_second_window(
    shared: Program, opens: Opens
) -> None:
    desk = opens(shared, extra=[13])
    phone = desk.phone(13, look="whatsapp")
    asks_for_a_craft(phone)
    picture_of_it = phone.node.screenshot()
    photo: FilePayload = {"name": "hat.png", "mimeType": "image/png", "buffer": picture_of_it}
    phone.node.locator("[data-role=attach]").click()
    phone.node.locator("[data-attach=photo]").click()
    sheet = phone.node.locator(".sheet")
    sheet.locator("[data-role=file]").set_input_files(photo)
    sheet.get_by_label("Caption").fill("baskets")
    sheet.locator("[data-role=media-send]").click()
    phone.hears("Which products do you sell most?")
    desk.page.reload()
    picture = phone.log.locator("img.photo")
    expect(picture).to_have_attribute("src", re.compile("^/media/"))
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("(picture) => picture.naturalWidth") > 0


class Keys:
    """Somebody who has a keyboard and nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def writes(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.press("Enter")

    def goes_to(self, target: Locator) -> None:
        self._goes(target, "Tab")

    def goes_back_to(self, target: Locator) -> None:
        self._goes(target, "Shift+Tab")

    def _goes(self, target: Locator, key: str) -> None:
        expect(target).to_be_visible()
        for _ in range(80):
            if target.evaluate("(node) => node === document.activeElement"):
                return
            self.press(key)
        raise AssertionError(f"{target} cannot be reached by {key}")

    def chooses(self, label: str) -> None:
        """Go down the answers from the one that has the focus, and take the one with the label."""
        focused = self.page.locator(":focus")
        expect(focused).to_have_class("option")
        for _ in range(30):
            if label in focused.inner_text():
                self.press("Enter")
                return
            self.press("ArrowDown")
        raise AssertionError(f"there is no answer “{label}”")
