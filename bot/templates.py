"""`artisan templates`: which WhatsApp templates there are and which are needed, a line each; makes
what is missing and submits it to Meta when asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from enum import Enum

from bot.channels.twilio_api import Answer, Api
from bot.channels.twilio_templates import APPROVED, BAD, Template, Templates
from bot.channels.twilio_wording import Needed, needed, without
from bot.house import House
from bot.usage import UsageError

LATER = "Meta looks at them within a day, mostly within minutes: artisan templates says when."


class State(Enum):
    """What there is for a need."""

    MISSING = "missing"
    OLD = "approved, with words of before"
    WAITING = "submitted, Meta has not decided"
    UNSUBMITTED = "made, not submitted"
    REFUSED = "refused"
    APPROVED = "approved"


def state_of(need: Needed, found: Template | None) -> State:
    if found is None:
        return State.MISSING
    if found.state == APPROVED:
        ours = not found.name or found.name == need.name
        return State.APPROVED if ours else State.OLD
    if found.state in BAD:
        return State.REFUSED
    return State.UNSUBMITTED if found.state == "unsubmitted" else State.WAITING


async def run(house: House, action: str, languages: Collection[str]) -> int:
    """List, check or submit; 1 where something that is needed cannot be used."""
    account = house.settings.twilio
    if account is None or not account.whatsapp:
        raise UsageError("there is no WhatsApp sender: set TWILIO_WHATSAPP_FROM first")
    unknown = set(languages) - set(house.settings.languages)
    if unknown:
        raise UsageError(f"{', '.join(sorted(unknown))} is none of LANGUAGES")
    async with Api(account) as api:
        templates = Templates(api, account.templates)
        if not await templates.look():
            raise UsageError(
                "Twilio did not say which templates there are: artisan doctor says why"
            )
        wanted = [one for one in needed(house) if not languages or one.language in languages]
        if action == "submit":
            async for line in submit(api, templates, wanted):
                print(line)
            await templates.look()
        states = [(one, state_of(one, templates.best(one))) for one in wanted]
    for line in listed(house, templates, states):
        print(line)
    usable = (State.APPROVED, State.OLD)
    return 1 if action != "list" and any(state not in usable for _, state in states) else 0


def listed(house: House, templates: Templates, states: Sequence[tuple[Needed, State]]) -> list[str]:
    """A line a template, then what to do."""
    lines = []
    for need, state in states:
        found = templates.best(need)
        why = f" ({found.state}: {found.why})" if found and state is State.REFUSED else ""
        lines.append(f"{need.language:6} {need.occasion.purpose:13} {state.value}{why}")
    lines += [
        f"{language:6} WhatsApp has no templates in this language: a second language, SMS if "
        "somebody agreed to it, or their next word."
        for language in without(house)
    ]
    count = sum(state in (State.APPROVED, State.OLD) for _, state in states)
    lines.append(f"{count} of {len(states)} can be used.")
    todo = (State.MISSING, State.UNSUBMITTED, State.OLD)
    if any(state in todo for _, state in states):
        lines.append("artisan templates submit makes and submits what is missing.")
    elif count < len(states):
        lines.append(LATER)
    return lines


async def submit(api: Api, templates: Templates, wanted: Collection[Needed]) -> AsyncIterator[str]:
    """Make what is missing and submit what was not; a line each, said as it is done."""
    url = f"{api.account.content}/v1/Content"
    for need in wanted:
        state = state_of(need, templates.best(need))
        mine = next((one for one in templates.known if one.name == need.name), None)
        if state is State.APPROVED or (mine and mine.state != "unsubmitted"):
            continue
        where = f"{need.language:6} {need.occasion.purpose:13}"
        sid = mine.content if mine else ""
        if not sid:
            made = await api.post_json(url, need.definition)
            sid = str(made.result.get("sid") or "") if made.ok else ""
            if not sid:
                yield f"{where} not made: {_why(made)}"
                continue
        asked = {"name": need.name, "category": need.occasion.category}
        answer = await api.post_json(f"{url}/{sid}/ApprovalRequests/whatsapp", asked)
        yield f"{where} submitted" if answer.ok else f"{where} not submitted: {_why(answer)}"


def _why(answer: Answer) -> str:
    if answer.status == 0:
        return f"Twilio did not answer ({answer.why})"
    said = answer.result.get("message") if isinstance(answer.result, dict) else ""
    return f"{answer.code or answer.status} {said or ''}".strip()
