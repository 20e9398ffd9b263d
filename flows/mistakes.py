"""What can be wrong in a flow, told in plain words with file, step and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.model import (
    AnyStep,
    End,
    Flow,
    Integer,
    Language,
    Money,
    Picking,
    Question,
    Range,
    Year,
    YesNo,
)
from flows.wording import placeholders

KINDS = "say end text integer year date money phone place photo voice choice multi language yes_no"
RESERVED_STEPS = frozenset({"title", "keywords"})
RESERVED_OPTIONS = frozenset({"hint", "short"})
"""Names that the contexts of the catalogues give another meaning."""


@dataclass(frozen=True)
class Mistake:
    """Something to mend: where, and what. `language` where only one catalogue is wrong."""

    file: str
    step: str
    field: str
    what: str
    language: str = ""

    def __str__(self) -> str:
        where = [self.file]
        if self.language:
            where.append(f"language {self.language}")
        if self.step:
            where.append(f"step {self.step}")
        if self.field:
            where.append(self.field)
        return f"{', '.join(where)}: {self.what}"


def in_fields(
    file: str, source: Mapping[str, Any], errors: Iterable[Mapping[str, Any]]
) -> Iterator[Mistake]:
    """The errors of the model's own checks, in plain words."""
    for error in errors:
        place = list(error["loc"])
        step = ""
        if place[:1] == ["steps"] and len(place) > 1:
            step = _step_name(source, place[1])
            place = place[2:]
            if place and place[0] in KINDS.split():
                place = place[1:]
        yield Mistake(file, step, _field(place), _plainly(error))


def _step_name(source: Mapping[str, Any], at: int) -> str:
    name = source["steps"][at].get("name") if isinstance(source["steps"][at], dict) else None
    return str(name or f"number {at + 1}")


def _field(place: list[str | int]) -> str:
    field = ""
    for part in place:
        field += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if field else part
    return field


def _plainly(error: Mapping[str, Any]) -> str:
    given = error.get("input")
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not known here: misspelt, or not for this kind of step"
        case "union_tag_not_found":
            return f"kind is missing: one of {KINDS}"
        case "union_tag_invalid":
            return f"kind {error['ctx']['tag']!r} is not one of {KINDS}"
        case "string_pattern_mismatch":
            return f"{given!r} may hold only a-z, 0-9 and _, and must begin with a letter"
        case "string_too_short" | "too_short":
            return "is empty"
        case "string_too_long":
            return f"{given!r} is longer than {error['ctx']['max_length']} characters"
        case "string_type":
            return f"{given!r} must be text in quotes"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"{given!r} must be a whole number"
        case "bool_type" | "bool_parsing":
            return f"{given!r} must be true or false"
        case _:
            return str(error["msg"])


def in_flow(
    file: str,
    flow: Flow,
    options: Collection[str] | None = None,
    facts: Collection[str] | None = None,
) -> list[Mistake]:
    """What the fields alone do not show: names, order, conditions, placeholders, dead ends."""
    found = [Mistake(file, step, field, what) for step, field, what in _in_flow(flow)]
    known_facts = flow.facts if facts is None else facts
    for fact in flow.facts:
        if fact not in known_facts:
            found.append(Mistake(file, "", "facts", f"nobody fills in {fact!r}"))
    for step in flow.steps:
        source = step.options_from if isinstance(step, Picking) else None
        if source and options is not None and source not in options:
            found.append(Mistake(file, step.name, "options_from", f"nobody gives {source!r}"))
    return found


Told = tuple[str, str, str]


def _in_flow(flow: Flow) -> Iterator[Told]:
    seen: dict[str, AnyStep] = {}
    dead = False
    for step in flow.steps:
        if step.name in seen:
            yield step.name, "name", "another step has this name already"
        if step.name in RESERVED_STEPS or step.name in flow.given or step.name in flow.facts:
            yield step.name, "name", "this name is taken by the flow itself"
        if dead:
            yield step.name, "when", "is never reached: an end without `when` stands before it"
        yield from _when(step, seen, flow)
        yield from _texts(step, seen, flow)
        if isinstance(step, Picking):
            yield from _options(step)
        if isinstance(step, Integer) and step.least > step.most:
            yield step.name, "least", "is greater than most"
        seen[step.name] = step
        dead = dead or (isinstance(step, End) and not step.when)
    last = flow.steps[-1]
    if not isinstance(last, End) or last.when:
        yield last.name, "kind", "the last step must be an end without `when`, or some fall silent"
    used = {name for step in flow.steps for name in (*step.when, *_placeholders(step))}
    for name in (*flow.given, *flow.facts):
        if name not in used:
            yield "", "given" if name in flow.given else "facts", f"{name!r} is named but not used"


def _texts_of(step: AnyStep) -> dict[str, str]:
    hint = {"hint": step.hint} if isinstance(step, Question) else {}
    return {"text": step.text, "short": step.short, **hint}


def _placeholders(step: AnyStep) -> set[str]:
    return {name for text in _texts_of(step).values() for name in placeholders(text)}


def _texts(step: AnyStep, seen: Mapping[str, AnyStep], flow: Flow) -> Iterator[Told]:
    for field, text in _texts_of(step).items():
        bare = text
        for name in placeholders(text):
            bare = bare.replace("{" + name + "}", "")
            if isinstance(seen.get(name), Question) or name in flow.given or name in flow.facts:
                continue
            late = any(name == other.name for other in flow.steps)
            why = "is asked only later" if late else "is no question, given answer or fact"
            yield step.name, field, f"{{{name}}} {why}"
        if "{" in bare or "}" in bare:
            yield step.name, field, "a brace must be part of a {placeholder} of a-z, 0-9 and _"


def _when(step: AnyStep, seen: Mapping[str, AnyStep], flow: Flow) -> Iterator[Told]:
    for name, rule in step.when.items():
        earlier = seen.get(name)
        at = f"when.{name}"
        if name in flow.given:
            if isinstance(rule, list):
                yield from _unknown(step.name, at, rule, flow.given[name])
        elif earlier is None:
            later = any(name == other.name for other in flow.steps)
            yield step.name, at, "looks forward" if later else "no question has this name"
        elif isinstance(rule, Range):
            if not isinstance(earlier, Integer | Year | Money):
                yield step.name, at, "least and most need a question for a number"
            if rule.least is None and rule.most is None:
                yield step.name, at, "names neither least nor most"
        elif not rule:
            yield step.name, at, "names no answer, so this step is never reached"
        elif isinstance(earlier, Question):
            yield from _unknown(step.name, at, rule, _answers(earlier))
        else:
            yield step.name, at, "is no question"


def _answers(question: Question) -> Collection[str] | None:
    """What `when` may name of a question; None where anything may be answered."""
    extra = ["skipped"] if question.skip else []
    match question:
        case YesNo():
            return ["yes", "no", *extra]
        case Picking(options_from=None):
            own = ["own_words"] if question.own_words else []
            return [*(option.id for option in question.options), *own, *extra]
        case Picking():
            return None
        case _:
            return extra


def _unknown(step: str, at: str, rule: list[str], known: Collection[str] | None) -> Iterator[Told]:
    if known is None:
        return
    for one in rule:
        if one not in known:
            yield step, at, f"{one!r} is none of its answers ({', '.join(known) or 'none'})"


def _options(step: Picking) -> Iterator[Told]:
    if not step.options and step.options_from is None:
        yield step.name, "options", "there is nothing to pick: give options or options_from"
    if isinstance(step, Language) and step.options:
        yield step.name, "options", "languages are those offered, not listed here"
    if len(step.options) == 1 and step.options_from is None:
        yield step.name, "options", "one option is no choice"
    ids = Counter(option.id for option in step.options)
    labels = Counter(option.label.casefold() for option in step.options)
    for id_, times in ids.items():
        if times > 1:
            yield step.name, "options", f"{times} options have the id {id_!r}"
        if id_ in RESERVED_OPTIONS:
            yield step.name, "options", f"the id {id_!r} is taken by the catalogues"
    for label, times in labels.items():
        if times > 1:
            yield step.name, "options", f"{times} options have the label {label!r}"
