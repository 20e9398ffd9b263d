"""Where somebody stands in a flow, as it is kept between two messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from flows.light import fields_of, light
from flows.model import Flow
from flows.values import Answers, FlowOffers, Offer

State = Literal["question", "confirm", "which"]


@light(frozen=True)
class Asked:
    """The question a reply answers, however late, with its options exactly as shown.

    `number` counts the questions of a session: a tap names it, and one that names another
    question is stale. Once a reply was understood only in part, `readings` are what it may have
    meant, `words` what the person wrote, `label` what is to be confirmed, and `which` the phrase
    that introduces the readings. `labels`: by question, how earlier answers that the flow speaks of
    were called where they were given."""

    step: str
    number: int = 1
    offers: tuple[Offer, ...] = ()
    state: State = "question"
    readings: tuple[Offer, ...] = ()
    page: int = 0
    tries: int = 0
    words: str = ""
    label: str = ""
    which: str = ""
    channel: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[Offer, ...]:
        return self.offers if self.state == "question" else self.readings


@light(frozen=True)
class Session:
    """Where somebody stands in a flow: the answers so far (given ones among them)."""

    flow: str
    subject: str | None = None
    answers: Answers = field(default_factory=dict)
    asked: Asked | None = None

    def answering(self, answers: Answers) -> Session:
        """The same with these answers."""
        return Session(self.flow, self.subject, answers, self.asked)

    def asking(self, asked: Asked | None) -> Session:
        """The same where this was asked last."""
        return Session(self.flow, self.subject, self.answers, asked)


def dump(session: Session) -> dict[str, Any]:
    """The session as plain JSON values."""
    asked = None
    if session.asked:
        asked = {name: value for name, value in fields_of(session.asked).items() if value}
        for name in ("offers", "readings"):
            if name in asked:
                asked[name] = _lean(asked[name])
    return {
        "flow": session.flow,
        "subject": session.subject,
        "answers": dict(session.answers),
        "asked": asked,
    }


def load(kept: Mapping[str, Any], flow: Flow | None = None) -> Session:
    """The session of `dump`, also of one written by an earlier or a later version.

    What is not known any more is left out, what was not known then has its usual value. Options
    that are to the letter those of `flow` still are taken from there."""
    asked = kept.get("asked")
    return Session(
        flow=kept["flow"],
        subject=kept.get("subject"),
        answers=dict(kept.get("answers") or {}),
        asked=_asked(asked, flow) if asked and asked.get("step") else None,
    )


def _asked(kept: Mapping[str, Any], flow: Flow | None) -> Asked:
    step = flow.step(kept["step"]) if flow else None
    state = kept.get("state")
    return Asked(
        step=kept["step"],
        number=kept.get("number", 1),
        offers=_offers(kept.get("offers"), step.offers if step else ()),
        state=state if state in ("confirm", "which") else "question",
        readings=_offers(kept.get("readings")),
        page=kept.get("page", 0),
        tries=kept.get("tries", 0),
        words=kept.get("words", ""),
        label=kept.get("label", ""),
        which=kept.get("which", ""),
        channel=kept.get("channel", ""),
        labels=kept.get("labels") or {},
    )


def _lean(offers: tuple[Offer, ...]) -> list[dict[str, Any]]:
    return offers.lean if isinstance(offers, FlowOffers) else [offer.lean for offer in offers]


def _offers(kept: list[dict[str, Any]] | None, own: tuple[Offer, ...] = ()) -> tuple[Offer, ...]:
    if not kept:
        return ()
    return own if _lean(own) == kept else tuple(map(_offer, kept))


def _offer(kept: Mapping[str, Any]) -> Offer:
    return Offer(
        id=kept["id"],
        label=kept.get("label", ""),
        value=kept["value"] if "value" in kept else kept["id"],
        short=kept.get("short", ""),
        also=tuple(kept.get("also", ())),
    )
