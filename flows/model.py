"""What a flow is: an ordered list of steps that together fill in one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from flows.values import Answers, FlowOffers, Offer

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Translate = Callable[[str, str], str]
"""(context, English text) to the text in some language."""


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(Frozen):
    """A condition on a number answered earlier."""

    least: int | None = None
    most: int | None = None

    def holds(self, value: object) -> bool:
        if not isinstance(value, int):
            return False
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


class Step(Frozen):
    """A step applies when every earlier answer named in `when` is one that `when` allows.

    `short` is what stands in for `text` where every character costs (SMS)."""

    asks: ClassVar[bool] = False

    name: Name
    kind: str
    text: str = Field(min_length=1)
    short: str = ""
    audio: bool = False
    when: dict[Name, list[str] | Range] = {}

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What may be picked here, of what stands in the file."""
        return ()

    def offered(self, options: Mapping[str, tuple[Offer, ...]]) -> tuple[Offer, ...]:
        """What may be picked here: what the shell looked up (`options`) first, then the file's."""
        return self.offers

    def applies(self, known: Answers) -> bool:
        for name, rule in self.when.items():
            if name not in known or not _allowed(known[name], rule):
                return False
        return True

    def translated(self, at: str, translate: Translate) -> Self:
        return self.model_copy(update=_said(at, translate, text=self.text, short=self.short))


def _allowed(value: object, rule: list[str] | Range) -> bool:
    if isinstance(rule, Range):
        return rule.holds(value)
    if isinstance(value, str):
        return value in rule
    if isinstance(value, Mapping) and "words" in value:
        return "own_words" in rule
    if isinstance(value, list | tuple):
        return any(one in rule for one in value)
    return ("skipped" if value is None else value) in rule


def _said(at: str, translate: Translate, /, **texts: str) -> dict[str, str]:
    """The texts that are there, translated: the first under `at`, the others under `at.name`."""
    first = next(iter(texts))
    return {
        name: translate(at if name == first else f"{at}.{name}", text)
        for name, text in texts.items()
        if text
    }


StepT = TypeVar("StepT", bound="Step")


def _other(step: StepT, **texts: object) -> StepT:
    """A copy that has forgotten the offers it made of its former texts."""
    copied = step.model_copy(update=texts)
    copied.__dict__.pop("offers", None)
    return copied


class Say(Step):
    kind: Literal["say"]


class End(Step):
    kind: Literal["end"]


class Question(Step):
    """`hint` is what a second misunderstanding brings: simpler words and an example answer."""

    asks: ClassVar[bool] = True

    hint: str = Field(min_length=1)
    skip: bool = False

    def translated(self, at: str, translate: Translate) -> Self:
        hint = translate(f"{at}.hint", self.hint)
        return super().translated(at, translate).model_copy(update={"hint": hint})


class Text(Question):
    kind: Literal["text"]
    least: int = 1
    most: int = 500


class Integer(Question):
    kind: Literal["integer"]
    least: int = 0
    most: int = 1_000_000


class Year(Question):
    """A year. The latest that may be given lies `ahead` years after this one."""

    kind: Literal["year"]
    least: int = 1900
    ahead: int = 0


class Date(Question):
    kind: Literal["date"]


class Money(Question):
    kind: Literal["money"]


class Phone(Question):
    kind: Literal["phone"]


class Place(Question):
    kind: Literal["place"]


class Photo(Question):
    kind: Literal["photo"]


class Voice(Question):
    kind: Literal["voice"]


class Option(Frozen):
    """An answer to pick. `also`: other words for it, by commas; `short`: its label on SMS."""

    id: Name
    label: str = Field(min_length=1)
    also: str = ""
    short: str = ""

    def translated(self, at: str, translate: Translate) -> Self:
        texts = _said(
            f"{at}.{self.id}", translate, label=self.label, also=self.also, short=self.short
        )
        return self.model_copy(update=texts)

    def offer(self) -> Offer:
        also = tuple(word.strip() for word in self.also.split(",") if word.strip())
        return Offer(self.id, self.label, self.id, self.short, also)


class Picking(Question):
    """Its options stand in the file, or come from the shell by the name `options_from`.

    With `own_words`, a reply that is no option is kept as the person's own words."""

    options: tuple[Option, ...] = ()
    options_from: Name | None = None
    own_words: bool = False

    @cached_property
    def offers(self) -> FlowOffers:
        return FlowOffers(option.offer() for option in self.options)

    def offered(self, options: Mapping[str, tuple[Offer, ...]]) -> tuple[Offer, ...]:
        looked_up = options.get(self.options_from, ()) if self.options_from else ()
        if not looked_up:
            return self.offers
        return (*looked_up, *self.offers) if self.offers else looked_up

    def translated(self, at: str, translate: Translate) -> Self:
        options = tuple(option.translated(at, translate) for option in self.options)
        return _other(super().translated(at, translate), options=options)


class Choice(Picking):
    kind: Literal["choice"]


class Multi(Picking):
    """An option with the id `none` stands alone: it is part of no "all" and goes with no other."""

    kind: Literal["multi"]


class Language(Picking):
    """Its options are the languages offered, each named in itself."""

    kind: Literal["language"]
    options_from: Name | None = "languages"


class YesNo(Question):
    kind: Literal["yes_no"]
    yes: str = "Yes"
    no: str = "No"

    @cached_property
    def offers(self) -> FlowOffers:
        return FlowOffers((Offer("yes", self.yes, "yes"), Offer("no", self.no, "no")))

    def translated(self, at: str, translate: Translate) -> Self:
        said = {
            "yes": translate(f"{at}.yes", self.yes) if self.yes != "Yes" else translate(YES, "Yes"),
            "no": translate(f"{at}.no", self.no) if self.no != "No" else translate(NO, "No"),
        }
        return _other(super().translated(at, translate), **said)


YES, NO = "answer.yes", "answer.no"

AnyStep = Annotated[
    Say
    | End
    | Text
    | Integer
    | Year
    | Date
    | Money
    | Phone
    | Place
    | Photo
    | Voice
    | Choice
    | Multi
    | Language
    | YesNo,
    Field(discriminator="kind"),
]


class Leg(NamedTuple):
    """A step, and what decides whether one goes on behind it."""

    step: AnyStep
    name: str
    conditional: bool
    asks: bool
    ends: bool


class Flow(Frozen):
    """`keywords`: words that start it, by commas. `roles`: who may start it, none for anybody.

    `given`: what the shell answers before the first step, with the values it may take;
    `facts`: placeholders the shell fills in; both may only be named here if used."""

    name: Name
    title: str
    keywords: str = ""
    roles: tuple[Name, ...] = ()
    given: dict[Name, list[str]] = {}
    facts: tuple[Name, ...] = ()
    steps: tuple[AnyStep, ...] = Field(min_length=1)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The names of what the shell looks up for its options."""
        return frozenset(
            step.options_from
            for step in self.steps
            if isinstance(step, Picking) and step.options_from
        )

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """The steps in order, for those who walk along them with every message."""
        return tuple(
            Leg(step, step.name, bool(step.when), step.asks, isinstance(step, End))
            for step in self.steps
        )

    @cached_property
    def quoted(self) -> frozenset[str]:
        """The questions whose answers it speaks of, of those with options that stand in the file:
        what the shell offers may since be none of the person's business."""
        said = [(s.text, s.short, getattr(s, "hint", "")) for s in self.steps]
        texts = "\n".join(text for texts in said for text in texts)
        picking = (s.name for s in self.steps if s.offers and not getattr(s, "options_from", ""))
        return frozenset(name for name in picking if f"{{{name}}}" in texts)

    @cached_property
    def by_name(self) -> dict[str, AnyStep]:
        return {step.name: step for step in self.steps}

    def step(self, name: str) -> AnyStep | None:
        return self.by_name.get(name)

    def translated(self, translate: Translate) -> Flow:
        """The same flow in another language: every text read or said passes through here."""
        said = _said(f"{self.name}.title", translate, title=self.title)
        if self.keywords:
            said["keywords"] = translate(f"{self.name}.keywords", self.keywords)
        steps = tuple(s.translated(f"{self.name}.{s.name}", translate) for s in self.steps)
        copied = self.model_copy(update={**said, "steps": steps})
        for made in ("by_name", "legs"):
            copied.__dict__.pop(made, None)
        return copied
