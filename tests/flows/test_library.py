from __future__ import annotations

from pathlib import Path

import pytest

from flows.library import FlowError, Library

GOOD = """
title = "Good"

[[steps]]
name = "craft"
kind = "choice"
text = "What?"
hint = "A number."
options = [{ id = "a", label = "A" }, { id = "b", label = "B" }]

[[steps]]
name = "why"
kind = "text"
text = "Why {craft}?"
hint = "Words."
when = { craft = ["a"] }

[[steps]]
name = "done"
kind = "end"
text = "Thanks."
"""


def mistakes(folder: Path, text: str, **known: set[str]) -> list[str]:
    (folder / "good.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        Library.load(folder, known.get("options"), known.get("facts"))
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_folder_of_flows_is_loaded_by_name(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    library = Library.load(tmp_path)
    assert library.names == ("good",)
    assert [step.name for step in library.flow("good").steps] == ["craft", "why", "done"]


def test_a_flow_is_translated_once_a_language(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    library = Library.load(tmp_path)
    french = library.flow("good", "fr", lambda context, text: f"{context}={text}")
    assert french is library.flow("good", "fr", lambda context, text: "never asked")
    assert french.steps[0].text == "good.craft=What?"
    assert library.flow("good").steps[0].text == "What?"


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (
            'text = "Thanks."',
            'text = "Thanks.',
            "good.toml: is not TOML: Illegal character '\\n' (at line 21, column 16)",
        ),
        ('hint = "A number."', "", "good.toml, step craft, hint: is missing"),
        ('hint = "A number."', 'hint = ""', "good.toml, step craft, hint: is empty"),
        (
            'hint = "A number."',
            'hints = "A number."',
            (
                "good.toml, step craft, hints: is not known here: "
                "misspelt, or not for this kind of step"
            ),
        ),
        ('kind = "text"', 'kind = "txt"', "good.toml, step why: kind 'txt' is not one of"),
        ('kind = "text"', "", "good.toml, step why: kind is missing"),
        ('name = "why"', 'name = "Why?"', "good.toml, step Why?, name: 'Why?' may hold only"),
        ('name = "why"', 'name = "craft"', "good.toml, step craft, name: another step has this"),
        ('name = "why"', 'name = "title"', "good.toml, step title, name: this name is taken"),
        ('label = "B"', 'label = "a"', "good.toml, step craft, options: 2 options have the label"),
        ('id = "b"', 'id = "a"', "good.toml, step craft, options: 2 options have the id 'a'"),
        ('id = "b"', 'id = "hint"', "good.toml, step craft, options: the id 'hint' is taken"),
        (', { id = "b", label = "B" }', "", "good.toml, step craft, options: one option is no"),
        ('["a"]', '["c"]', "good.toml, step why, when.craft: 'c' is none of its answers (a, b)"),
        ('["a"]', "[]", "good.toml, step why, when.craft: names no answer"),
        ('["a"]', "{ least = 2 }", "good.toml, step why, when.craft: least and most need"),
        ("{ craft =", "{ moon =", "good.toml, step why, when.moon: no question has this name"),
        ("{ craft =", "{ done =", "good.toml, step why, when.done: looks forward"),
        ("Why {craft}?", "Why {moon}?", "good.toml, step why, text: {moon} is no question"),
        ("What?", "What {why}?", "good.toml, step craft, text: {why} is asked only later"),
        ("What?", "What {?", "good.toml, step craft, text: a brace must be part"),
        (
            'text = "Thanks."',
            'text = "Thanks."\nwhen = { craft = ["a"] }',
            "good.toml, step done, kind: the last step must be an end without `when`",
        ),
        (
            'kind = "text"\ntext = "Why {craft}?"\nhint = "Words."\nwhen = { craft = ["a"] }',
            'kind = "end"\ntext = "No."',
            "good.toml, step done, when: is never reached",
        ),
        ('title = "Good"', "", "good.toml, title: is missing"),
        ('title = "Good"', 'title = "Good"\nname = "bad"', "good.toml, name: must be the file's"),
        (
            'title = "Good"',
            'title = "Good"\nfacts = ["moon"]',
            "good.toml, facts: 'moon' is named but not used",
        ),
        (
            'options = [{ id = "a", label = "A" }, { id = "b", label = "B" }]',
            "",
            "good.toml, step craft, options: there is nothing to pick",
        ),
    ],
)
def test_a_mistake_is_told_with_file_step_and_field(
    tmp_path: Path, was: str, now: str, told: str
) -> None:
    assert was in GOOD
    found = mistakes(tmp_path, GOOD.replace(was, now, 1))
    assert any(one.startswith(told) for one in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("What?", "What {moon}?").replace('["a"]', '["c"]')
    (tmp_path / "worse.toml").write_text("title = ", encoding="utf-8")
    assert len(mistakes(tmp_path, bad)) == 3


def test_what_the_shell_cannot_look_up_is_a_mistake(tmp_path: Path) -> None:
    dynamic = GOOD.replace(
        'options = [{ id = "a", label = "A" }, { id = "b", label = "B" }]', 'options_from = "moons"'
    )
    told = "good.toml, step craft, options_from: nobody gives 'moons'"
    assert mistakes(tmp_path, dynamic, options={"stars"}) == [told]
    facts = GOOD.replace('title = "Good"', 'title = "Good"\nfacts = ["moon"]')
    facts = facts.replace("What?", "What {moon}?")
    assert mistakes(tmp_path, facts, facts={"sun"}) == ["good.toml, facts: nobody fills in 'moon'"]


def test_a_folder_without_flows_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="no flow in this folder"):
        Library.load(tmp_path)
