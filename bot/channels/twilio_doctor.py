"""What `artisan doctor` says of WhatsApp and SMS by Twilio, with the next step in plain words.

Source: https://www.twilio.com/docs/iam/api/account, /docs/phone-numbers/api/incomingphonenumber-
resource, /docs/messaging/api/service-resource, /docs/whatsapp/api/senders"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urldefrag

from bot.channels.twilio_api import Answer, Api
from bot.channels.twilio_content import SHAPES, Contents
from bot.channels.twilio_sending import RETRIES
from bot.channels.twilio_taking import MESSAGE_PATH
from bot.channels.twilio_templates import BAD, Templates
from bot.channels.twilio_wording import needed, without
from bot.findings import MISSING, WELL, WRONG, Finding
from bot.house import House
from bot.settings import Settings
from bot.templates import State, state_of
from bot.twilio_account import Account

SANDBOX = "whatsapp:+14155238886"
OFF = timedelta(seconds=30)
SET = "run artisan doctor --set-webhooks"


async def findings(
    house: House, set_webhooks: bool, now: datetime | None = None
) -> AsyncIterator[Finding]:
    """What is well, missing and wrong; with `set_webhooks` Twilio is told first where to bring
    messages."""
    account = house.settings.twilio
    if account is None:
        yield Finding(
            MISSING,
            "No TWILIO_ACCOUNT_SID: for WhatsApp and SMS make an account at twilio.com; its first "
            "page shows the account SID and the auth token to set.",
        )
        return
    async with Api(account) as api:
        answer = await api.get(f"{account.api}/2010-04-01/Accounts/{account.sid}.json")
        yield _account(answer)
        if not answer.ok:
            return
        for finding in (*_clock(answer.date, now or datetime.now(UTC)), *await _second(account)):
            yield finding
        if account.whatsapp:
            yield await _whatsapp(api, house.settings, set_webhooks)
            async for finding in _templates(api, house):
                yield finding
        if account.service:
            yield await _service(api, house.settings, set_webhooks)
        if account.sms.startswith("+"):
            yield await _number(api, house.settings, set_webhooks)
        elif account.sms:
            yield Finding(
                MISSING,
                f"SMS go from {account.sms}: if people can answer it, set its webhook in the "
                f"console to {webhook_url(house.settings)}.",
            )
        if not account.whatsapp:
            yield Finding(MISSING, "No TWILIO_WHATSAPP_FROM: nobody is on WhatsApp.")


def webhook_url(settings: Settings) -> str:
    """Where Twilio is to bring messages, with the retries that it is asked for."""
    return f"{settings.public_url}{MESSAGE_PATH}{RETRIES}"


def _account(answer: Answer) -> Finding:
    if answer.status in (401, 403):
        return Finding(
            WRONG,
            "Twilio does not accept TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: set them to those on "
            "the first page of the console, of the live account and not the test one.",
        )
    if not answer.ok:
        why = answer.why or answer.code or answer.status
        step = "is the way out to the internet open? See TWILIO_API_URL if it is set."
        return Finding(WRONG, f"Twilio does not answer ({why}): {step}")
    if answer.result.get("status") not in ("active", None):
        return Finding(WRONG, f"The Twilio account is {answer.result['status']}: see its console.")
    if answer.result.get("type") == "Trial":
        return Finding(
            MISSING,
            "Twilio knows the account; it is a trial one, which writes to numbers verified in the "
            "console only: upgrade it before people use it.",
        )
    return Finding(WELL, "Twilio knows the account.")


def _clock(theirs: str, ours: datetime) -> tuple[Finding, ...]:
    try:
        off = abs(parsedate_to_datetime(theirs) - ours)
    except (TypeError, ValueError):
        return ()
    if off <= OFF:
        return (Finding(WELL, "The clock agrees with Twilio's."),)
    seconds = int(off.total_seconds())
    step = "have the system set it (timedatectl set-ntp true)."
    return (Finding(WRONG, f"This machine's clock is {seconds} seconds off: {step}"),)


async def _second(account: Account) -> tuple[Finding, ...]:
    """Of two tokens both may sign; the first one must also be accepted, which it was."""
    if len(account.tokens) < 2:
        return ()
    async with Api(replace(account, tokens=account.tokens[1:])) as api:
        answer = await api.get(f"{account.api}/2010-04-01/Accounts/{account.sid}.json")
    if answer.ok:
        return (Finding(WELL, "Both tokens of TWILIO_AUTH_TOKEN are good: one may go."),)
    what = "The second token of TWILIO_AUTH_TOKEN signs only: remove it when the change is done."
    return (Finding(WELL, what),)


async def _whatsapp(api: Api, settings: Settings, set_webhooks: bool) -> Finding:
    if api.account.whatsapp == SANDBOX:
        return Finding(
            MISSING,
            "WhatsApp goes by Twilio's sandbox, for trying out. In the console under Messaging, "
            "Try it out, Send a WhatsApp message: send the join words from each telephone, and set "
            f"'When a message comes in' of the sandbox settings to {webhook_url(settings)} (POST).",
        )
    url = f"{api.account.messaging}/v2/Channels/Senders"
    answer = await api.get(f"{url}?Channel=whatsapp&PageSize=1000")
    if not answer.ok:
        return _cannot("the WhatsApp senders", answer)
    rows = answer.result.get("senders")
    mine = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    found = next((row for row in mine if row.get("sender_id") == api.account.whatsapp), None)
    if found is None:
        have = ", ".join(str(row.get("sender_id")) for row in mine) or "none"
        return Finding(
            WRONG,
            f"TWILIO_WHATSAPP_FROM is no WhatsApp sender of this account (it has {have}): register "
            "the number in the console under Messaging, Senders, WhatsApp senders.",
        )
    if found.get("status") not in ("ONLINE", "ONLINE:UPDATING"):
        return Finding(
            WRONG,
            f"The WhatsApp sender is {found.get('status')}: see Messaging, Senders, WhatsApp "
            "senders in the console for what Meta still wants.",
        )
    hook = found.get("webhook")
    at = str(hook.get("callback_url") or "") if isinstance(hook, Mapping) else ""
    told = {
        "callback_url": webhook_url(settings),
        "callback_method": "POST",
        "fallback_url": webhook_url(settings),
        "fallback_method": "POST",
    }

    async def put() -> Answer:
        return await api.post_json(f"{url}/{found.get('sid')}", {"webhook": told})

    return await _brought("WhatsApp messages", at, settings, put if set_webhooks else None)


async def _number(api: Api, settings: Settings, set_webhooks: bool) -> Finding:
    number = api.account.sms
    answer = await api.get(
        api.resource(f"IncomingPhoneNumbers.json?PhoneNumber={quote(number, '')}")
    )
    if not answer.ok:
        return _cannot("the numbers", answer)
    rows = answer.result.get("incoming_phone_numbers")
    found = next(iter(rows), None) if isinstance(rows, list) else None
    if not isinstance(found, Mapping):
        return Finding(
            WRONG,
            f"TWILIO_SMS_FROM {number} is no number of this account: buy or find it in the console "
            "under Phone Numbers, Manage, Active numbers.",
        )
    able = found.get("capabilities")
    if isinstance(able, Mapping) and not able.get("sms", True):
        return Finding(WRONG, f"{number} cannot send SMS: choose a number that can.")

    async def put() -> Answer:
        form = [("SmsUrl", webhook_url(settings)), ("SmsMethod", "POST")]
        form += [("SmsFallbackUrl", webhook_url(settings)), ("SmsFallbackMethod", "POST")]
        path = api.resource(f"IncomingPhoneNumbers/{found.get('sid')}.json")
        return await api.post_form(path, form)

    at = str(found.get("sms_url") or "")
    return await _brought(f"SMS to {number}", at, settings, put if set_webhooks else None)


async def _service(api: Api, settings: Settings, set_webhooks: bool) -> Finding:
    url = f"{api.account.messaging}/v1/Services/{api.account.service}"
    answer = await api.get(url)
    if answer.status == 404:
        return Finding(
            WRONG,
            "TWILIO_MESSAGING_SERVICE_SID is no Messaging Service of this account: copy it from "
            "the console under Messaging, Services.",
        )
    if not answer.ok:
        return _cannot("the Messaging Service", answer)
    if answer.result.get("use_inbound_webhook_on_number") and not set_webhooks:
        return Finding(WELL, "The Messaging Service leaves messages to the numbers' own webhooks.")

    async def put() -> Answer:
        form = [("InboundRequestUrl", webhook_url(settings)), ("InboundMethod", "POST")]
        form += [("FallbackUrl", webhook_url(settings)), ("FallbackMethod", "POST")]
        return await api.post_form(url, [*form, ("UseInboundWebhookOnNumber", "false")])

    at = str(answer.result.get("inbound_request_url") or "")
    what = "SMS of the Messaging Service"
    return await _brought(what, at, settings, put if set_webhooks else None)


async def _brought(what: str, at: str, settings: Settings, put: Any) -> Finding:
    """Where messages are brought now; `put` has them brought here."""
    wanted = webhook_url(settings)
    if at == wanted:
        return Finding(WELL, f"Twilio brings {what} here.")
    if put is not None:
        answer: Answer = await put()
        if answer.ok:
            return Finding(WELL, f"Twilio brings {what} here from now on.")
        return _cannot(f"the webhook of {what}", answer)
    if urldefrag(at).url == urldefrag(wanted).url:
        step = f"set it to {wanted}, or {SET}."
        return Finding(
            MISSING, f"Twilio brings {what} here but does not try again when we are away: {step}"
        )
    where = f"to {urldefrag(at).url}" if at else "nowhere"
    return Finding(WRONG, f"Twilio brings {what} {where}: set its webhook to {wanted}, or {SET}.")


def _cannot(what: str, answer: Answer) -> Finding:
    why = answer.code or answer.status or answer.why
    return Finding(WRONG, f"Twilio does not say or take {what} ({why}): see the console's log.")


async def _templates(api: Api, house: House) -> AsyncIterator[Finding]:
    contents = Contents(api)
    if await contents.prepare(make=False):
        yield Finding(WELL, f"The {len(SHAPES)} Content resources for buttons and lists are there.")
    else:
        count = len(contents.missing)
        yield Finding(MISSING, f"{count} Content resources are missing: the next start makes them.")
    templates = Templates(api, api.account.templates)
    if not await templates.look():
        yield Finding(WRONG, "Twilio does not say which templates there are: try again.")
        return
    states = [state_of(need, templates.best(need)) for need in needed(house)]
    usable = sum(state in (State.APPROVED, State.OLD) for state in states)
    bad = sum(one.state in BAD for one in templates.known)
    step = "artisan templates lists them, artisan templates submit asks for what is missing."
    yield Finding(
        WELL if usable == len(states) else MISSING,
        f"{usable} of {len(states)} WhatsApp templates can be used"
        + (f", {bad} were rejected, paused or disabled" if bad else "")
        + (
            "."
            if usable == len(states)
            else f"; what has none waits for people's next word: {step}"
        ),
    )
    if lacking := without(house):
        yield Finding(
            MISSING,
            f"WhatsApp has no templates in {', '.join(lacking)}: people get their second language, "
            "SMS if they agreed to it, or it waits for their next word.",
        )
