"""Announcements: an audience, a text a language, a preview with its cost, and who got it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from bot import steps
from bot.channels import segments
from bot.handlers import facts, options, outcome, told
from bot.messages import Reply, Wake, reply_json
from bot.reasons import craft_label, language_name, place_name
from bot.speech import say, spoken
from bot.turn import BULK, CONSENT, Turn
from flows.session import Session
from flows.values import Offer
from storage import audiences, ids, outbox
from storage import broadcasts as kept
from storage.audiences import Audience, Recipient
from storage.broadcasts import Broadcast

FOR_ALL = ""
"""The language of a text that everybody gets who has none in their own."""
EXPIRES_AFTER = timedelta(days=3)
FIRST_REPORT, LAST_REPORT = timedelta(seconds=20), timedelta(hours=6)


@options("crafts")
async def crafts(turn: Turn, session: Session) -> tuple[Offer, ...]:
    found = await audiences.crafts_with_people(turn.db)
    return tuple(Offer(one, craft_label(turn, one), one) for one in found)


@options("regions_with_people")
async def regions(turn: Turn, session: Session) -> tuple[Offer, ...]:
    found = await audiences.regions_with_people(turn.db)
    return tuple(Offer(one.replace("-", "_"), place_name(turn, one), one) for one in found)


@options("languages_with_people")
async def languages(turn: Turn, session: Session) -> tuple[Offer, ...]:
    found = await audiences.languages_with_people(turn.db)
    return tuple(Offer(one, language_name(turn, one), one) for one in found)


@outcome("announce")
async def audience_chosen(turn: Turn, session: Session) -> None:
    """Begin a draft for an audience that has somebody in it."""
    audience = Audience(
        crafts=_picked(session, "craft"),
        regions=_picked(session, "place"),
        languages=_picked(session, "language"),
        roles=_picked(session, "role"),
    )
    if not await _reached(turn, audience):
        turn.speech.forget()
        turn.tell(say("phrase.reaches_nobody", "Nobody would get it. Write ANNOUNCE to try again."))
        return
    draft = await kept.draft(turn.db, turn.contact.id, audience.kept(), turn.now)
    await steps.start(turn, "announce_text", str(draft.id))


def _picked(session: Session, step: str) -> tuple[str, ...]:
    value = session.answers.get(step)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


async def _reached(turn: Turn, audience: Audience) -> list[Recipient]:
    """Everybody it would reach but who sends it."""
    found = await audiences.reached(turn.db, audience, CONSENT, turn.now)
    return [one for one in found if one.contact_id != turn.contact.id]


def text_for(texts: Mapping[str, str], language: str | None) -> tuple[str, str] | None:
    """The text somebody gets and its language: their own, its parent's, else that for all."""
    for code in (language or "", (language or "").partition("_")[0], FOR_ALL):
        if code in texts:
            return code, texts[code]
    return None


# --- the texts ----------------------------------------------------------------------------------


@options("missing_languages")
async def missing_languages(turn: Turn, session: Session) -> tuple[Offer, ...]:
    """The languages of the audience without a text yet, then one text for all, then enough."""
    draft = await _draft(turn, session)
    if draft is None:
        return ()
    missing = await _missing(turn, draft)
    offers = [
        Offer(code, f"{language_name(turn, code)} ({count})", code)
        for code, count in missing.most_common()
        if code
    ]
    if FOR_ALL not in draft.texts:
        offers.append(
            Offer("all", turn.spoken(say("option.all", "One text for all others")), "all")
        )
    if draft.texts:
        offers.append(Offer("enough", turn.spoken(say("option.enough", "That is all")), "enough"))
    return tuple(offers)


async def _missing(turn: Turn, draft: Broadcast) -> Counter[str]:
    reached = await _reached(turn, Audience.read(draft.audience))
    languages_of = (one.language or "" for one in reached)
    return Counter(
        code for code in languages_of if (text_for(draft.texts, code) or (FOR_ALL,))[0] == FOR_ALL
    )


async def _draft(turn: Turn, session: Session) -> Broadcast | None:
    return await kept.by_id(turn.db, UUID(session.subject)) if session.subject else None


@outcome("announce_text")
async def text_written(turn: Turn, session: Session) -> None:
    """Keep a text; ask for the next one while a language has none."""
    draft = await _draft(turn, session)
    if draft is None or draft.state != "draft" or not turn.has_role("coordinator"):
        return
    language, text = str(session.answers.get("language")), session.answers.get("text")
    if language != "enough" and isinstance(text, str):
        code = FOR_ALL if language == "all" else language
        await kept.add_text(turn.db, draft.id, code, text)
        draft = await kept.by_id(turn.db, draft.id) or draft
        if FOR_ALL not in draft.texts and await _missing(turn, draft):
            await steps.start(turn, "announce_text", session.subject)
            return
    await steps.start(turn, "announce_send", session.subject)


# --- preview and sending ------------------------------------------------------------------------


@facts("announce_send")
async def of_announcement(turn: Turn, session: Session) -> Mapping[str, str]:
    """Each text as it will be read, how many get it, and what it costs on SMS."""
    draft = await _draft(turn, session)
    if draft is None:
        return {}
    reached = await _reached(turn, Audience.read(draft.audience))
    shares = Counter((text_for(draft.texts, one.language) or ("-",))[0] for one in reached)
    without = shares.pop("-", 0)
    lines = []
    for code, text in draft.texts.items():
        by_sms = sum(
            one.channel == "sms" and (text_for(draft.texts, one.language) or ("-",))[0] == code
            for one in reached
        )
        cost = segments.count(segments.folded(framed(turn, text, code or turn.language))).segments
        line = say(
            "announce.count",
            "{language}: people {count}, SMS each {segments}, SMS in all {total}",
            language=language_name(turn, code) if code else turn.spoken(ALL_OTHERS),
            count=shares[code],
            segments=cost,
            total=cost * by_sms,
        )
        lines.append(turn.spoken(line))
    previews = [framed(turn, text, code or turn.language) for code, text in draft.texts.items()]
    return {
        "preview": "\n\n".join(previews),
        "counts": "\n".join(lines),
        "warning": _warning(turn, draft, reached, without),
    }


ALL_OTHERS = say("announce.others", "All others")


def _warning(turn: Turn, draft: Broadcast, reached: Sequence[Recipient], without: int) -> str:
    """That some get nothing, or get what they may not be able to read."""
    if without:
        return turn.spoken(
            say(
                "announce.without",
                "People without a text, who get nothing: {count}.",
                count=without,
            )
        )
    others = sum(
        (text_for(draft.texts, one.language) or ("-",))[0] == FOR_ALL
        and (one.language or "").partition("_")[0] != turn.language.partition("_")[0]
        for one in reached
    )
    if not others:
        return ""
    return turn.spoken(
        say("announce.unread", "People who may not be able to read it: {count}.", count=others)
    )


def framed(turn: Turn, text: str, language: str) -> str:
    """The announcement as it is read: who says it stands before it."""
    frame = say(
        "phrase.announcement",
        "News from {programme}:\n{text}",
        programme=turn.house.settings.programme,
        text=text,
    )
    return spoken(frame, turn.house.catalogues.translate(language))


@outcome("announce_send")
async def decided(turn: Turn, session: Session) -> None:
    """Queue it for everybody who has a text, once."""
    draft = await _draft(turn, session)
    if draft is None or not turn.has_role("coordinator"):
        return
    if session.answers.get("send") != "yes":
        await kept.change(turn.db, draft.id, state="dropped")
        return
    reached = await _reached(turn, Audience.read(draft.audience))
    messages = [made for one in reached if (made := _message(turn, draft, one)) is not None]
    if not await kept.begin(turn.db, draft.id, len(messages)):
        return
    await outbox.put(turn.db, messages, turn.now)
    _report_in(turn, draft.id, FIRST_REPORT)


def _message(turn: Turn, draft: Broadcast, to: Recipient) -> outbox.Outgoing | None:
    found = text_for(draft.texts, to.language)
    if found is None:
        return None
    code, text = found
    language = code or to.language or turn.language
    return outbox.Outgoing(
        id=ids.new(turn.now),
        contact_id=to.contact_id,
        urn_id=to.urn_id,
        channel=to.channel,
        rank=BULK,
        purpose="announcement",
        reply=reply_json(
            Reply(
                framed(turn, text, language),
                purpose="announcement",
                variables=(turn.house.settings.programme, text),
                language=language,
            )
        ),
        due_at=turn.now,
        broadcast_id=draft.id,
        expires_at=turn.now + EXPIRES_AFTER,
    )


# --- what became of it --------------------------------------------------------------------------


def _report_in(turn: Turn, broadcast_id: UUID, wait: timedelta) -> None:
    wake = Wake(
        turn.contact.id,
        what="broadcast_report",
        subject=str(broadcast_id),
        data={"wait": str(int(wait.total_seconds()))},
    )
    turn.later(turn.now + wait, wake, "broadcast_report", broadcast_id)


@told("broadcast_report")
async def report_when_sent(turn: Turn, wake: Wake) -> None:
    """Say who got it once nothing is left to send; look again while something is."""
    found = await kept.by_id(turn.db, UUID(wake.subject), lock=True)
    if found is None or found.state == "done":
        return
    report = await kept.report(turn.db, found.id)
    wait = timedelta(seconds=int(wake.data["wait"]))
    if report.queued and wait < LAST_REPORT:
        _report_in(turn, found.id, min(wait * 2, LAST_REPORT))
        return
    await kept.change(turn.db, found.id, state="done", done_at=turn.now)
    turn.purpose = "broadcast_report"
    await tell_report(turn, found)


async def tell_report(turn: Turn, one: Broadcast) -> None:
    """What became of an announcement: nobody who was not reported on counts as anything else."""
    report = await kept.report(turn.db, one.id)
    first = next(iter(one.texts.values()), "")
    turn.tell(say("report.of", "Announcement “{text}”", text=first[:60]))
    lines = [
        say("report.reach", "For: {count}", count=report.reach),
        say(
            "report.sent",
            "Sent: {count}",
            count=report.sent + report.delivered + report.read,
        ),
        say("report.delivered", "Delivered: {count}", count=report.delivered + report.read),
        say("report.failed", "Failed: {count}", count=report.failed + report.dropped),
        say("report.unreported", "Not reported: {count}", count=report.unreported),
        say(
            "report.waiting",
            "Not sent yet: {count}",
            count=report.queued + report.waiting + report.uncertain,
        ),
    ]
    turn.speech.add("\n".join(turn.spoken(line) for line in lines))
