"""The settings of the stages: the programme's policy, what a coordinator changed by chat (STAGES),
and what differs in one network. They are the programme's, nobody's norms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import steps
from bot.commands import starts
from bot.handlers import facts, options, outcome
from bot.speech import Phrase, say
from bot.turn import Turn
from flows.session import Session
from flows.values import Offer
from networks.stages import CHECKS as NAMES
from networks.stages import STAGES, Stage
from storage import stage_settings
from storage.networks import Network

ROLE = ("coordinator",)

STAGE_NAMES: Mapping[str, Phrase] = {
    "promotion": say("stage.promotion", "getting to know each other"),
    "trust": say("stage.trust", "building trust"),
    "pilot": say("stage.pilot", "first steps together"),
    "strategic": say("stage.strategic", "common projects"),
    "self_managed": say("stage.self_managed", "runs itself"),
    "closed": say("stage.closed", "closed"),
}

CHECKS: Mapping[str, Phrase] = {
    "first_meeting": say("check.first_meeting", "The group has met"),
    "shared_problem": say("check.shared_problem", "All name the same problem"),
    "leader_chosen": say("check.leader_chosen", "A leader is chosen"),
    "treasurer_chosen": say("check.treasurer_chosen", "A treasurer is chosen"),
    "rules_agreed": say("check.rules_agreed", "Rules are agreed"),
    "visits_made": say("check.visits_made", "They visited each other"),
    "first_plan": say("check.first_plan", "There is a first plan"),
    "small_win": say("check.small_win", "A first small success"),
    "joint_purchase_or_sale": say("check.joint_purchase_or_sale", "Bought or sold together"),
    "costs_shared": say("check.costs_shared", "Costs were shared"),
    "results_known": say("check.results_known", "All know the results"),
    "common_project": say("check.common_project", "A common project runs"),
    "own_income": say("check.own_income", "The group earns income"),
    "firms_carry_cost": say("check.firms_carry_cost", "The firms carry the cost"),
}


async def of_stage(turn: Turn, stage: str) -> Stage:
    """The programme's settings of a stage, with what a coordinator changed."""
    changed = await stage_settings.of(turn.db, stage)
    return _with(turn.house.settings.policy.stages[stage], changed)


async def of(turn: Turn, network: Network) -> Stage:
    """The settings of a network's stage, as far as the network's own do not differ."""
    own = network.settings.get(network.stage)
    return _with(await of_stage(turn, network.stage), own if isinstance(own, dict) else {})


def _with(stage: Stage, own: Mapping[str, Any]) -> Stage:
    known = {name: value for name, value in own.items() if name in Stage.__dataclass_fields__}
    if "needs" in known:
        known["needs"] = tuple(known["needs"])
    return replace(stage, **known)


# --- STAGES -------------------------------------------------------------------------------------


@starts("stages", roles=ROLE)
async def stages(turn: Turn, rest: str) -> None:
    """How long each stage takes, what it needs and what the firms pay: to see and to change."""
    await steps.start(turn, "stages")


@options("stages")
async def stage_offers(turn: Turn, session: Session) -> tuple[Offer, ...]:
    return tuple(Offer(one, turn.spoken(STAGE_NAMES[one]), one) for one in STAGES)


@options("stage_checks")
async def stage_checks(turn: Turn, session: Session) -> tuple[Offer, ...]:
    names = NAMES.get(str(session.answers.get("stage")), ())
    return tuple(Offer(one, turn.spoken(CHECKS[one]), one) for one in names)


@facts("stages")
async def of_stages(turn: Turn, session: Session) -> Mapping[str, str]:
    name = str(session.answers.get("stage"))
    if name not in STAGES:
        return {"now": ""}
    stage = await of_stage(turn, name)
    needs = "; ".join(turn.spoken(CHECKS[one]) for one in stage.needs if one in CHECKS)
    line = say(
        "stage.settings",
        "{stage}: months: {months}. The firms pay {share} of 100. Must be seen: {needs}.",
        stage=turn.spoken(STAGE_NAMES[name]),
        months=stage.months,
        share=stage.share,
        needs=needs or "-",
    )
    return {"now": turn.spoken(line)}


@outcome("stages")
async def changed(turn: Turn, session: Session) -> None:
    """Keep what was changed; who did so and when is written down."""
    answers, name = session.answers, str(session.answers.get("stage"))
    what = str(answers.get("what"))
    if name not in STAGES or what == "none" or not turn.has_role(*ROLE):
        return
    before = dict(await stage_settings.of(turn.db, name))
    if what == "first":
        before = {}
    elif what == "needs":
        picked = answers.get("needs")
        chosen = [str(one) for one in picked] if isinstance(picked, list | tuple) else []
        before["needs"] = [one for one in NAMES[name] if one in chosen]
    else:
        before[what] = answers.get(what)
    await stage_settings.put(turn.db, name, before, turn.contact.id, turn.now)
    turn.event("stage_settings", stage=name, what=what)
