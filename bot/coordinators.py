"""What coordinators may say: one function a command."""

from __future__ import annotations

from datetime import timedelta

from bot import broadcasts, steps
from bot.brokers import load_of
from bot.commands import NOT_YOURS, command, starts
from bot.crafting import guess
from bot.reasons import need_label, option_label, place_name
from bot.speech import say
from bot.turn import Turn
from storage import broadcasts as kept
from storage import contacts, figures, joint_actions, providers, roles
from storage.providers import Provider

ROLE = ("coordinator",)
A_PAGE = 8


@starts("announce", roles=ROLE)
async def announce(turn: Turn, rest: str) -> None:
    await steps.start(turn, "announce")


@command("command.reports", "reports, report on announcements", roles=ROLE)
async def reports(turn: Turn, rest: str) -> None:
    """What became of the last announcements."""
    latest = await kept.latest(turn.db, turn.contact.id)
    if not latest:
        turn.tell(say("phrase.no_reports", "You have announced nothing yet. Write ANNOUNCE."))
    for one in latest:
        await broadcasts.tell_report(turn, one)


@command("command.catalogue", "list of providers, catalogue", roles=ROLE, takes="words")
async def catalogue(turn: Turn, rest: str) -> None:
    """The provider directory, by pages; a category or a page may follow."""
    await listed(turn, rest)


async def listed(turn: Turn, rest: str) -> None:
    """A page of the directory: PROVIDERS 2, PROVIDERS TRAINING."""
    if not turn.has_role(*ROLE):
        turn.tell(NOT_YOURS)
        return
    page = int(rest) if rest.isascii() and rest.isdigit() else 1
    category = "" if rest.isdigit() else rest and guess(turn, "need", "category", rest)
    found = await providers.listed(turn.db, category=category or None)
    pages = max(1, -(-len(found) // A_PAGE))
    page = min(max(page, 1), pages)
    if not found:
        turn.tell(say("phrase.no_providers", "There is no provider in the list yet."))
        return
    lines = [_line(turn, one) for one in found[(page - 1) * A_PAGE : page * A_PAGE]]
    turn.speech.add("\n".join(lines))
    turn.tell(
        say(
            "phrase.providers_page",
            "Page {page} of {pages}, {count} in all. Write PROVIDERS and a page or a subject.",
            page=page,
            pages=pages,
            count=len(found),
        )
    )


def _line(turn: Turn, one: Provider) -> str:
    categories = dict.fromkeys(service.category for service in one.services)
    serves = "; ".join(need_label(turn, category) for category in categories)
    place = ", ".join(filter(None, (one.place, place_name(turn, one.region) if one.region else "")))
    checked = one.is_checked(turn.now)
    mark = "" if checked else turn.spoken(say("provider.unchecked", " (not checked, not shown)"))
    return f"- {one.name}, {place}: {serves}{mark}"


@command("command.week", "week, numbers, numbers of the week", roles=ROLE)
async def week(turn: Turn, rest: str) -> None:
    """The numbers of the last seven days: counts only."""
    n = await figures.of_week(turn.db, turn.now)
    lines = [
        say("week.registered", "New workshops: {count}", count=n.registered),
        say("week.all", "Workshops in all: {count}", count=n.enterprises),
        say("week.messages", "Messages received: {count}", count=n.messages),
        say("week.needs", "New needs: {count}", count=sum(n.needs.values())),
        say("week.connected", "Connected: {count}", count=n.introductions.get("connected", 0)),
        say(
            "week.waiting",
            "Introductions waiting for a broker: {count}",
            count=n.introductions.get("proposed", 0),
        ),
        say(
            "week.enquiries",
            "Providers asked for: {asked}, met: {met}, helped: {helped}",
            asked=n.enquiries.get("asked", 0),
            met=n.enquiries.get("connected", 0),
            helped=n.enquiries.get("useful", 0),
        ),
        say("week.tasks", "Requests for help open: {count}", count=n.tasks_open),
        say("week.overdue", "Later than promised: {count}", count=n.tasks_overdue),
        say("week.broadcasts", "Announcements: {count}", count=n.broadcasts),
    ]
    why = [
        f"{option_label(turn, 'why_not', 'why', name)} {count}"
        for name, count in n.refusals.items()
        if name != "not_this"
    ]
    if why:
        lines.append(say("week.refusals", "Said no because: {reasons}", reasons="; ".join(why)))
    turn.tell(say("phrase.week", "The last seven days:"))
    turn.speech.add("\n".join(turn.spoken(line) for line in lines))
    turn.speech.add("\n".join(await _by_broker(turn)))


async def _by_broker(turn: Turn) -> list[str]:
    """Of each broker the confirmed joint actions and refusals of a month, and what waits."""
    month = turn.now - timedelta(days=30)
    waiting, refused = (
        await figures.waiting_per_broker(turn.db),
        await figures.refused_per_broker(turn.db, month),
    )
    done = await joint_actions.counted(turn.db, month)
    brokers = [role.contact_id for role in await roles.holders(turn.db, "broker")]
    names = await contacts.by_ids(turn.db, brokers)
    answered = await figures.answered_per_broker(turn.db, month)
    lines = []
    for one in (who for who in dict.fromkeys(brokers) if who in names):
        said = say(
            "week.broker",
            "{name}: confirmed {confirmed}, reported {reported}, refused {refused}, "
            "waiting {waiting} (days: {days})",
            name=names[one].name or "-",
            confirmed=done.get(one, {}).get("confirmed", 0),
            reported=sum(done.get(one, {}).values()),
            refused=refused.get(one, 0),
            waiting=waiting[one].count if one in waiting else 0,
            days=(turn.now - waiting[one].since).days if one in waiting else 0,
        )
        parts = [turn.spoken(said)]
        if one in answered:
            hours = round(answered[one] / timedelta(hours=1))
            usual = say("week.answers", "answers after {hours} hours as a rule", hours=hours)
            parts.append(turn.spoken(usual))
        lines.append("; ".join([*parts, *await load_of(turn, one)]))
    return lines
