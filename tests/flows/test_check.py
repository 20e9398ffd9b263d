from __future__ import annotations

from bot.translating import texts_of
from flows import check
from flows.library import Library
from flows.model import Flow
from tests.flows.playing import LANGUAGES, ROOT, catalogues, library
from tests.flows.small import STEPS, flow


def english(_: str, text: str) -> str:
    return text


def found(form: Flow, commands: dict[str, str] | None = None) -> list[str]:
    return [str(one) for one in check.check(Library({form.name: form}), {"en": english}, commands)]


def choice(*options: dict[str, str]) -> Flow:
    step = {"name": "pick", "kind": "choice", "text": "Which?", "hint": "1", "options": options}
    return flow(step, {"name": "done", "kind": "end", "text": "Thanks."})


def test_a_sound_flow_has_nothing_to_mend() -> None:
    assert found(flow()) == []


def test_a_label_too_long_for_a_button_needs_a_short_one() -> None:
    long = {"id": "a", "label": "A very long label for a button"}
    told = found(choice(long, {"id": "b", "label": "B"}))
    assert told == [
        (
            "small.toml, language en, step pick, options.a: 'A very long label for a button' "
            "is longer than 20 characters: give a `short`"
        )
    ]
    assert found(choice({**long, "short": "A long one"}, {"id": "b", "label": "B"})) == []


def test_more_than_three_options_may_be_as_long_as_the_items_of_a_list() -> None:
    options = [{"id": f"o{n}", "label": f"{n} is twenty-two long"} for n in "wxyz"]
    assert found(choice(*options)) == []


def test_words_that_mean_two_options_are_found() -> None:
    told = found(
        choice({"id": "a", "label": "Apples", "also": "fruit"}, {"id": "b", "label": "Fruit"})
    )
    assert told == ["small.toml, language en, step pick, options: 'fruit' means a and b"]


def test_an_option_that_is_always_a_command_is_found() -> None:
    told = found(choice({"id": "a", "label": "Help"}, {"id": "b", "label": "Stop"}))
    assert [one.partition(": ")[2] for one in told] == [
        "'help' is read as HELP",
        "'stop' is read as STOP",
    ]


def test_words_that_start_two_things_are_found() -> None:
    told = found(flow(keywords="queue, join"), {"command.queue": "queue, pending"})
    assert told == ["small.toml, language en, keywords: 'queue' starts command.queue and small"]


def test_a_registration_of_more_than_ten_questions_is_found() -> None:
    questions = [
        {"name": f"q{n}", "kind": "text", "text": "What?", "hint": "Words."} for n in range(11)
    ]
    form = flow(*questions, STEPS[-1] | {"text": "Thanks."}, name="register")
    assert found(form) == ["register.toml, steps: asks 11 questions; 10 at most"]


def test_a_translation_keeps_the_placeholders_of_the_english() -> None:
    told = check.translation("a.b", "Hello {name}.", "Hola {nombre}. ", "es", "es.po")
    assert [one.what for one in told] == [
        "lacks {name}",
        "has {nombre}, which the English has not",
        "begins or ends with a blank",
    ]


def test_our_flows_have_nothing_to_mend_in_any_language() -> None:
    translations = {code: catalogues().translate(code) for code in LANGUAGES}
    commands = {c: text for c, text, _, _ in texts_of(ROOT) if c.startswith("command.")}
    assert [str(one) for one in check.check(library(), translations, commands)] == []
