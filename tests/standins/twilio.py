"""A stand-in of Twilio: a real server on loopback with one account and several people, which
keeps Twilio's and WhatsApp's rules to the letter and fails when asked to.

What is refused as Twilio refuses it at once is in `refused`; what Twilio takes first and WhatsApp
refuses then comes by a signed status callback, in whatever order is asked for.

    python -m tests.standins.twilio 9010        starts one by hand and says what to set"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.standins.twilio_people import Person, Shown, inbound_row
from tests.standins.twilio_resources import Call, Fault, Refusal, Resources, must, sid_of
from tests.standins.twilio_rules import (
    Rendered,
    rendered,
    wrong_message,
    wrong_variables_of_a_template,
)

SID, TOKEN = "AC" + "a" * 32, "auth-token-of-a-stand-in"
WHATSAPP, SMS = "whatsapp:+14155238886", "+14155550123"
SERVICE = "MG" + "b" * 32
USUAL = ("sent", "delivered")
RETRY = 0.02
API = "https://api.twilio.com"


class TwilioServer:
    """`calls` are those that create something; `posts` the statuses of our requests to webhooks.

    `order` is what callbacks come for a message, in that order; `late` holds them back."""

    def __init__(
        self, sid: str = SID, token: str = TOKEN, port: int = 0, settings: str = ""
    ) -> None:
        self.sid, self.token, self.port, self.settings = sid, token, port, settings
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.message_url = ""
        self.people: dict[str, Person] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.posts: list[int] = []
        self.messages: list[dict[str, Any]] = []
        self.typing: list[str] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.fetched: list[str] = []
        self.got: list[tuple[int, str, bytes]] = []
        self.order: Sequence[str] = USUAL
        self.late = False
        self.refuses_late = True
        self.advanced_opt_out = False
        self.senders = {WHATSAPP, SMS, SERVICE}
        self.resources = Resources(sid, lambda: self.url, self._date, self.calls.append)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._held: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def refused(self) -> list[Call]:
        return [call for call in self.calls if call.code]

    @property
    def accepted(self) -> list[Call]:
        return [call for call in self.calls if not call.code]

    def person(self, address: str, **more: Any) -> Person:
        """Somebody new, by their address as Twilio writes it."""
        line = WHATSAPP if address.startswith("whatsapp:") else SMS
        return self.people.setdefault(address, Person(self, address, **{"line": line, **more}))

    def keep(self, data: bytes, type: str) -> str:
        """A file of a person's; its address as Twilio gives it."""
        message, media = sid_of("MM"), sid_of("ME")
        self.files[media] = (data, type)
        path = f"/2010-04-01/Accounts/{self.sid}/Messages/{message}/Media/{media}"
        return f"{API}{path}"

    async def __aenter__(self) -> TwilioServer:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self._guard])
        messages = f"/2010-04-01/Accounts/{self.sid}/Messages"
        app.router.add_post(f"{messages}.json", self._create)
        app.router.add_get(f"{messages}.json", self._list)
        app.router.add_get(f"{messages}/{{message}}/Media/{{media}}", self._media)
        app.router.add_get(f"{messages}/{{message}}/Media.json", self._media_list)
        app.router.add_delete(f"{messages}/{{message}}/Media/{{media}}.json", self._delete)
        app.router.add_get("/signed/{media}", self._signed)
        app.router.add_post("/v2/Indicators/Typing.json", self._type)
        app.router.add_routes(self.resources.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self._out = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._out.close()
        await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        told = b64encode(f"{self.sid}:{self.token}".encode()).decode()
        signed = request.path.startswith("/signed/")
        try:
            if not signed and request.headers.get("Authorization") != f"Basic {told}":
                raise Refusal(401, 20003, "Authenticate")
            response: web.StreamResponse = await handler(request)
            return response
        except Refusal as refusal:
            again = {} if refusal.again is None else {"Retry-After": str(refusal.again)}
            body = {"code": refusal.code, "message": refusal.why, "status": refusal.status}
            return web.json_response(body, status=refusal.status, headers=again)

    async def _fault(self, what: str) -> Fault | None:
        fault = next((f for f in self.faults if f.what == what and f.times > 0), None)
        if fault is not None:
            fault.times -= 1
            await asyncio.sleep(fault.slow)
            if not fault.after and fault.status:
                raise Refusal(fault.status, fault.code, "as asked for", fault.again)
        return fault

    async def _silent(self, request: web.Request, fault: Fault | None) -> None:
        if fault is None or fault.after in ("", "slow"):
            await (self.settled() if fault and fault.after else asyncio.sleep(0))
            return
        if fault.after == "fail":
            raise Refusal(fault.status, fault.code, "after it was done")
        if fault.after == "drop" and request.transport is not None:
            request.transport.abort()
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0.02)

    async def _create(self, request: web.Request) -> web.Response:
        form = parse_qsl((await request.read()).decode(), keep_blank_values=True)
        fault = None
        try:
            fault = await self._fault("messages")
            if request.content_type != "application/x-www-form-urlencoded":
                raise Refusal(400, 20001, "no form")
            must(wrong_message(form))
            message, seen = self._accepted(form)
        except Refusal as refusal:
            self.calls.append(Call("message", form, refusal.status, refusal.code, refusal.why))
            raise
        self.calls.append(Call("message", form, 201))
        self.messages.append(message)
        self._aside(self._happens(message, seen, dict(form)))
        await self._silent(request, fault)
        return web.json_response(message, status=201)

    def _accepted(self, form: Sequence[tuple[str, str]]) -> tuple[dict[str, Any], Shown]:
        one = dict(form)
        sender = one.get("From") or one["MessagingServiceSid"]
        whatsapp = one["To"].startswith("whatsapp:")
        if {sender, one.get("MessagingServiceSid", sender)} - self.senders:
            raise Refusal(400, 63007 if whatsapp else 21606, "no sender of this account")
        person = self.people.get(one["To"])
        if person is not None and person.opted_out:
            raise Refusal(400, 21610, "they said STOP")
        seen = self._rendered(form, one)
        line = sender if sender.startswith(("whatsapp:", "+")) else SMS
        sid = sid_of("SM")
        return {
            "sid": sid,
            "account_sid": self.sid,
            "status": "queued",
            "to": one["To"],
            "from": line,
            "body": seen.text,
            "direction": "outbound-api",
            "num_media": str(len(seen.media)),
            "date_created": self._date(),
            "date_sent": None,
            "error_code": None,
        }, Shown(sid, line, seen, self._template(one) == "approved")

    def _template(self, one: dict[str, str]) -> str:
        content = self.resources.contents.get(one.get("ContentSid", ""))
        return content.status if content else ""

    def _rendered(self, form: Sequence[tuple[str, str]], one: dict[str, str]) -> Rendered:
        if "ContentSid" not in one:
            media = tuple(value for name, value in form if name == "MediaUrl")
            return Rendered(one.get("Body", ""), media=media)
        content = self.resources.contents.get(one["ContentSid"])
        if content is None:
            raise Refusal(404, 21655, "no such content")
        wrong, seen = rendered(content, one["ContentVariables"])
        must(wrong)
        if content.status == "approved":
            must(wrong_variables_of_a_template(one["ContentVariables"]))
        return seen

    async def _happens(self, message: dict[str, Any], seen: Shown, one: dict[str, str]) -> None:
        """What becomes of a message: it is shown, or not, and callbacks tell of it."""
        person = self.people.get(one["To"])
        failed = self._undelivered(person, seen, one) or await self._fetch_all(seen)
        if not failed and person is not None and not person.blocked:
            await person.show(seen)
        states = list(self.order)
        if person is None or person.blocked:
            states = ["sent"]
        elif person.reads:
            states.append("read")
        if failed:
            states = ["failed"]
            message["error_code"] = failed
        message["status"] = max(states, key=("sent", "delivered", "read", "failed").index)
        for state in states:
            code = {"ErrorCode": str(failed)} if failed else {}
            await self._call_back(message, state, one.get("StatusCallback", ""), code)

    async def _fetch_all(self, seen: Shown) -> int:
        """The files of a message of ours, as Twilio fetches them; the error where one is not."""
        for url in seen.rendered.media:
            async with self._out.get(url) as response:
                self.got.append((response.status, response.content_type, await response.read()))
                if response.status != 200:
                    return 63019
        return 0

    def _undelivered(self, person: Person | None, seen: Shown, one: dict[str, str]) -> int:
        whatsapp = one["To"].startswith("whatsapp:")
        if person is None:
            return 63024 if whatsapp else 30003
        if person.delivers.isdigit():
            return int(person.delivers)
        if whatsapp and not person.window and not seen.template:
            return 63016
        return 0

    async def _call_back(
        self, message: dict[str, Any], state: str, url: str, more: dict[str, str]
    ) -> None:
        if not url:
            return
        form = {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "MessageStatus": state,
            "SmsStatus": state,
            "AccountSid": self.sid,
            "ApiVersion": "2010-04-01",
            "From": message["from"],
            "To": message["to"],
            **more,
        }
        if self.late:
            self._held.append((url, form))
        else:
            await self.post(url, form)

    async def release(self, order: Callable[[int], float] = float, times: int = 1) -> None:
        """Let the callbacks that were held back go, by this order of theirs, so many times each."""
        held, self._held = self._held, []
        for number in sorted(range(len(held)), key=order):
            for _ in range(times):
                await self.post(*held[number])

    async def _list(self, request: web.Request) -> web.Response:
        await self._fault("list")
        query = request.query
        found = [
            one
            for one in reversed(self.messages)
            if query.get("To", one["to"]) == one["to"]
            and query.get("From", one["from"]) == one["from"]
        ]
        size = int(query.get("PageSize", "50"))
        return web.json_response({"messages": found[:size], "next_page_uri": None})

    async def _media_list(self, request: web.Request) -> web.Response:
        row = next(m for m in self.messages if m["sid"] == request.match_info["message"])
        listed = [
            {"uri": f"{url.removeprefix(API)}.json", "content_type": kind}
            for url, kind in row.get("files", ())
        ]
        return web.json_response({"media_list": listed})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        await self._fault("media")
        media = request.match_info["media"]
        if media not in self.files:
            raise Refusal(404, 20404, "no such file")
        return web.Response(status=307, headers={"Location": f"/signed/{media}?sig=abc"})

    async def _delete(self, request: web.Request) -> web.Response:
        del self.files[request.match_info["media"]]
        return web.Response(status=204)

    async def _signed(self, request: web.Request) -> web.StreamResponse:
        if "Authorization" in request.headers:  # as buckets do
            return web.Response(status=400, text="Only one auth mechanism allowed")
        data, type = self.files[request.match_info["media"]]
        self.fetched.append(request.match_info["media"])
        return web.Response(body=data, content_type=type)

    async def _type(self, request: web.Request) -> web.Response:
        await self._fault("typing")
        form = dict(await request.post())
        if set(form) != {"channel", "messageId"} or form["channel"] != "whatsapp":
            raise Refusal(400, 20001, "unknown parameters")
        self.typing.append(str(form["messageId"]))
        return web.json_response({"success": True})

    async def deliver(self, form: dict[str, str]) -> int:
        """Post a message of a person to the webhook, with what its address asks for."""
        self.messages.append(inbound_row(form, self._date()))
        return await self.post(self.message_url, form)

    async def post(self, url: str, form: dict[str, str] | Sequence[tuple[str, str]]) -> int:
        """Post a form, signed, and again where the address asks for that; the last status."""
        address, how = urldefrag(url)
        asked = dict(parse_qsl(how))
        status = 0
        for _ in range(int(asked.get("rc", "1")) + 1):
            status = await self.post_once(address, form)
            again = (
                "5xx" in asked.get("rp", "") if status else "rp" not in asked or "ct" in asked["rp"]
            )
            if status and not (again and status >= 500):
                break
            await asyncio.sleep(RETRY)
        return status

    async def post_once(
        self,
        url: str,
        form: dict[str, str] | Sequence[tuple[str, str]],
        token: str = "",
        headers: dict[str, str] | None = None,
    ) -> int:
        pairs = list(form.items()) if isinstance(form, dict) else list(form)
        said = headers if headers is not None else self.signed(url, dict(pairs), token)
        data = urlencode(pairs)
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        try:
            async with self._out.post(url, data=data, headers={**kind, **said}) as response:
                await response.read()
                status = response.status
        except aiohttp.ClientError:
            status = 0
        self.posts.append(status)
        return status

    def signed(self, url: str, form: dict[str, str], token: str = "") -> dict[str, str]:
        algorithm = "HMAC_SHA256" if self.settings else None
        made = RequestValidator(token or self.token).compute_signature(url, form, algorithm)
        more = {"X-Twilio-Webhooks-Signature-Settings": self.settings} if self.settings else {}
        return {"X-Twilio-Signature": made, "I-Twilio-Idempotency-Token": sid_of(""), **more}

    async def settled(self) -> None:
        """Until everything that was to happen by itself has."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _aside(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _date(self) -> str:
        return format_datetime(self.clock().replace(microsecond=0))


async def _by_hand(port: int) -> None:
    async with TwilioServer(port=port) as server:
        server.resources.number(SMS)
        names = ("TWILIO_API_URL", "TWILIO_CONTENT_URL", "TWILIO_MESSAGING_URL")
        print(*(f"{name}={server.url}" for name in names), flush=True)
        print(f"TWILIO_ACCOUNT_SID={server.sid} TWILIO_AUTH_TOKEN={server.token}", flush=True)
        print(f"TWILIO_WHATSAPP_FROM={WHATSAPP} TWILIO_SMS_FROM={SMS}", flush=True)
        print("PUBLIC_URL=http://127.0.0.1:8080", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_by_hand(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
