"""The whole story, on four phones, with the power cut now and then.

Marie makes drums and speaks French; Rosa makes guitars in the same town and speaks Spanish. Marie
asks to be introduced, Alma, the broker, agrees, both say yes. Inés, the coordinator, tells everyone
of a fair. Whenever the server is killed somebody is just writing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.phones import Desk, Phone
from tests.browser.program import Program

MARIE, ROSA = "Marie Duval", "Rosa Pineda"


@dataclass
class Story:
    program: Program
    desk: Desk
    marie: Phone
    alma: Phone
    ines: Phone
    rosa: Phone

    @property
    def everybody(self) -> tuple[Phone, ...]:
        return self.marie, self.alma, self.ines, self.rosa

    def power_cut(self) -> None:
        self.program.kill()
        for phone in self.everybody:
            phone.is_waiting()

    def power_is_back(self) -> None:
        self.program.start()
        for phone in self.everybody:
            phone.is_connected()
            phone.has_sent_everything()


@pytest.fixture
def story(program: Program, opens: Opens) -> Story:
    desk = opens(program, extra=[4])
    return Story(
        program,
        desk,
        marie=desk.phone(1, look="telegram", language="fr"),
        alma=desk.phone(2, look="whatsapp"),
        ines=desk.phone(3, look="phone"),
        rosa=desk.phone(4, look="whatsapp", language="es"),
    )


@pytest.mark.timeout(240)
def test_two_meet_by_a_broker_and_everyone_hears_of_a_fair_though_the_power_fails(
    story: Story,
) -> None:
    rosa_registers_in_spanish(story)
    marie_registers_in_french_and_the_power_fails_while_she_does(story)
    marie_sees_whom_she_could_work_with_and_why(story)
    marie_asks_to_be_introduced_and_the_power_fails_at_once(story)
    alma_looks_at_both_and_approves(story)
    both_are_asked_and_say_yes_while_the_power_is_away(story)
    nobody_was_told_who_the_other_is(story)
    each_chooses_what_the_other_may_see_and_gets_what_was_promised(story)
    rosa_never_sees_the_number_that_marie_kept_to_herself(story)
    ines_tells_everyone_of_the_fair_in_two_languages_and_the_power_fails(story)
    ines_sees_who_got_it(story)
    nothing_was_lost_and_nothing_came_twice(story)


def rosa_registers_in_spanish(story: Story) -> None:
    rosa = story.rosa
    rosa.says("Hola")
    rosa.hears("¿Qué idioma habla usted?")
    rosa.taps("Español")
    rosa.hears("Su número queda oculto")
    rosa.taps("Sí")
    rosa.hears("¿Cómo le dicen")
    rosa.says(ROSA)
    rosa.hears(f"Gracias, {ROSA}", "¿Qué hace usted?")
    rosa.says("hago guitarras, instrumentos musicales")
    rosa.hears("¿Qué productos vende más?")
    rosa.says("guitarras y marimbas", "Gracias", "12", "3")
    rosa.hears("¿Qué le ayudaría más")
    rosa.taps("Quiero vender más")
    rosa.hears("¿Le gustaría trabajar")
    rosa.taps("Sí")
    rosa.hears("Su registro está listo")


def marie_registers_in_french_and_the_power_fails_while_she_does(story: Story) -> None:
    marie = story.marie
    marie.says("Bonjour")
    marie.hears("Quelle langue parlez-vous")
    marie.taps("Français")
    marie.hears("Êtes-vous d'accord")
    marie.taps("Oui")
    marie.hears("Comment vous appelle-t-on")
    marie.says(MARIE)
    marie.hears(f"Merci, {MARIE}", "Que fabriquez-vous")

    story.power_cut()
    marie.types("instruments de musique")
    expect(marie.said("instruments de musique")).to_be_visible()
    story.power_is_back()

    marie.hears("Quels produits vendez-vous")
    marie.says("tambours et flûtes")
    marie.hears("Dans quelle ville")
    marie.says("Gracias", "5", "2")
    marie.hears("Qu'est-ce qui vous aiderait")
    marie.taps("Vendre davantage")
    marie.hears("Aimeriez-vous travailler")
    marie.taps("Oui")


def marie_sees_whom_she_could_work_with_and_why(story: Story) -> None:
    told = story.marie.hears("Votre inscription est faite", "Écrivez PARTENAIRES")
    assert "Instruments de musique" in told
    assert "a le même souhait que vous (Vendre davantage)" in told


def marie_asks_to_be_introduced_and_the_power_fails_at_once(story: Story) -> None:
    story.marie.says("partenaires")
    story.marie.hears("Qui voulez-vous rencontrer")
    story.marie.taps("Instruments de musique")
    story.power_cut()
    story.power_is_back()
    story.marie.hears("Nous demandons d'abord à un animateur")


def alma_looks_at_both_and_approves(story: Story) -> None:
    alma = story.alma
    alert = alma.hears(f"{MARIE} (Musical instruments, Gracias", f"would like to meet {ROSA}")
    assert "both wish the same (I want more buyers)" in alert
    alma.taps("See both profiles")
    profiles = alma.hears("tambours et flûtes", "guitarras y marimbas", "What do you say?")
    for number in ("demo-1", "demo-4"):
        assert number not in profiles
    alma.taps("Approve")
    alma.hears("Now both are asked")


def both_are_asked_and_say_yes_while_the_power_is_away(story: Story) -> None:
    story.marie.hears("Alma Reyes", "Voulez-vous rencontrer cette personne")
    story.rosa.hears("Alguien quiere trabajar con usted", "¿Quiere conocer a esta persona?")
    story.rosa.behaves_as("sms")

    story.power_cut()
    story.marie.taps("Oui")
    story.rosa.types("1")
    story.power_is_back()

    story.marie.hears("Comment l'autre personne peut-elle vous écrire")
    story.rosa.hears("puede escribirle la otra persona")


def nobody_was_told_who_the_other_is(story: Story) -> None:
    to_marie, to_rosa = story.program.said_to("demo-1"), story.program.said_to("demo-4")
    for secret in (ROSA, "Pineda", "demo-4"):
        story.marie.never_showed(secret)
        assert secret not in to_marie
    for secret in (MARIE, "Duval", "demo-1"):
        story.rosa.never_showed(secret)
        assert secret not in to_rosa


def each_chooses_what_the_other_may_see_and_gets_what_was_promised(story: Story) -> None:
    story.marie.taps("Par vous, ici")
    story.marie.hears("Nous vous écrivons quand l'autre personne dit oui aussi")
    story.marie.never_showed("Pineda")
    story.rosa.says("1")

    to_marie = story.marie.hears("vous avez dit oui tous les deux")
    assert ROSA in to_marie
    assert "demo-4" in to_marie

    to_rosa = story.rosa.hears("las dos personas dijeron que si")
    assert MARIE in to_rosa


def rosa_never_sees_the_number_that_marie_kept_to_herself(story: Story) -> None:
    story.rosa.never_showed("demo-1")
    assert "demo-1" not in story.program.said_to("demo-4")
    assert "demo-1" not in story.program.said_to("demo-2", "demo-3")


def ines_tells_everyone_of_the_fair_in_two_languages_and_the_power_fails(story: Story) -> None:
    ines = story.ines
    ines.says("announce")
    ines.hears("Who shall get the announcement?")
    ines.taps("By language")
    ines.hears("Which languages?")
    ines.says("español, français")
    ines.hears("In which language do you write the text?")
    ines.taps("Español")
    ines.hears("write the announcement now")
    ines.says("Feria en Gracias el sábado a las 9.")
    ines.hears("In which language do you write the text?")
    ines.taps("Français")
    ines.hears("write the announcement now")
    ines.says("Foire à Gracias samedi à 9 heures.")
    preview = ines.hears("Shall we send it now?")
    assert "Feria en Gracias" in preview
    assert "Foire à Gracias" in preview
    ines.taps("Yes")
    ines.hears("It is on its way")

    story.power_cut()
    story.power_is_back()

    story.marie.hears("Foire à Gracias samedi à 9 heures.")
    story.marie.never_showed("Feria en Gracias")
    story.rosa.hears("Feria en Gracias el sabado a las 9.")
    story.rosa.never_showed("Foire")


def ines_sees_who_got_it(story: Story) -> None:
    story.program.settles()
    story.ines.says("reports")
    report = story.ines.hears("Announcement “Feria en Gracias")
    counted = dict(line.split(": ") for line in report.splitlines() if ": " in line)
    assert int(counted["For"]) > 80
    assert counted["Sent"] == counted["For"]
    assert int(counted["Delivered"]) >= 2
    assert (counted["Failed"], counted["Not sent yet"]) == ("0", "0")


def nothing_was_lost_and_nothing_came_twice(story: Story) -> None:
    story.program.settles()
    for words in ("instruments de musique", "tambours et flûtes"):
        expect(story.marie.said(words)).to_have_count(1)
    assert story.alma.screen().count("Now both are asked") == 1
    before = [phone.messages() for phone in story.everybody]
    story.desk.page.reload()
    for phone, messages in zip(story.everybody, before, strict=True):
        phone.is_connected()
        expect(phone.log.locator(".message")).to_have_count(len(messages))
        assert phone.messages() == messages
