"""What an account of Twilio has beside its messages: Content and its approvals, numbers, a
Messaging Service, WhatsApp senders."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.standins.twilio_rules import Content, Wrong, wrong_approval, wrong_content


@dataclass(frozen=True)
class Call:
    """A call that was made; `code` 0 where it was accepted."""

    what: str
    form: Sequence[tuple[str, str]]
    status: int
    code: int = 0
    why: str = ""

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.form)


@dataclass
class Fault:
    """What to fail with, so many times. `what` is messages, content, list, media or typing.

    `after`: "" instead of doing the call; "hang" or "drop" do it and then say nothing or close the
    line; "fail" does it and then fails; "slow" answers when all its statuses were told. `slow`:
    seconds before anything is done."""

    what: str
    status: int = 500
    code: int = 20500
    times: int = 1
    after: str = ""
    slow: float = 0.0
    again: float | None = None


class Refusal(Exception):
    """A call is not done; answered as Twilio does."""

    def __init__(self, status: int, code: int, why: str, again: float | None = None) -> None:
        self.status, self.code, self.why, self.again = status, code, why, again
        super().__init__(why)


def must(wrong: Wrong) -> None:
    if wrong is not None:
        raise Refusal(400, *wrong)


def sid_of(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass
class Resources:
    """Those of one account. `page` is how many of a list come at once."""

    account: str
    url: Callable[[], str]
    date: Callable[[], str]
    note: Callable[[Call], None]
    page: int = 50
    contents: dict[str, Content] = field(default_factory=dict)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    senders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def number(self, phone: str) -> None:
        sid = sid_of("PN")
        told = {"sid": sid, "phone_number": phone, "sms_url": "", "sms_method": "POST"}
        self.numbers[sid] = {**told, "capabilities": {"sms": True}, "sms_application_sid": ""}

    def sender(self, address: str, status: str = "ONLINE") -> None:
        sid = sid_of("XE")
        self.senders[sid] = {"sid": sid, "sender_id": address, "status": status, "webhook": {}}

    def service(self, sid: str) -> None:
        self.services[sid] = {
            "sid": sid,
            "inbound_request_url": None,
            "use_inbound_webhook_on_number": False,
        }

    def judge(self, purpose_language: str, status: str, why: str = "") -> None:
        """Meta has decided about the templates whose names begin so."""
        for one in self.contents.values():
            if one.name.startswith(purpose_language) and one.status != "unsubmitted":
                one.status, one.why = status, why

    def routes(self) -> list[web.RouteDef]:
        account = f"/2010-04-01/Accounts/{self.account}"
        return [
            web.get(f"{account}.json", self._account),
            web.get(f"{account}/IncomingPhoneNumbers.json", self._numbers),
            web.post(f"{account}/IncomingPhoneNumbers/{{sid}}.json", self._set_number),
            web.get("/v1/Services/{sid}", self._service),
            web.post("/v1/Services/{sid}", self._set_service),
            web.get("/v2/Channels/Senders", self._senders),
            web.post("/v2/Channels/Senders/{sid}", self._set_sender),
            web.post("/v1/Content", self._create),
            web.get("/v1/Content", self._list),
            web.get("/v1/ContentAndApprovals", self._list),
            web.post("/v1/Content/{sid}/ApprovalRequests/whatsapp", self._submit),
        ]

    async def _account(self, request: web.Request) -> web.Response:
        return web.json_response({"sid": self.account, "status": "active", "type": "Full"})

    async def _numbers(self, request: web.Request) -> web.Response:
        wanted = request.query.get("PhoneNumber", "")
        found = [n for n in self.numbers.values() if wanted in ("", n["phone_number"])]
        return web.json_response({"incoming_phone_numbers": found, "next_page_uri": None})

    async def _set_number(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        if set(form) - {"SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"}:
            raise Refusal(400, 20001, f"unknown {sorted(form)}")
        number = self._of(self.numbers, request)
        number |= {"sms_url": form.get("SmsUrl", ""), "sms_method": form.get("SmsMethod", "POST")}
        return web.json_response(number)

    async def _service(self, request: web.Request) -> web.Response:
        return web.json_response(self._of(self.services, request))

    async def _set_service(self, request: web.Request) -> web.Response:
        form = dict(await request.post())
        service = self._of(self.services, request)
        service["inbound_request_url"] = form["InboundRequestUrl"]
        service["use_inbound_webhook_on_number"] = form["UseInboundWebhookOnNumber"] == "true"
        return web.json_response(service)

    async def _senders(self, request: web.Request) -> web.Response:
        if request.query.get("Channel") != "whatsapp":
            raise Refusal(400, 20001, "no Channel")
        return web.json_response({"senders": list(self.senders.values()), "meta": {}})

    async def _set_sender(self, request: web.Request) -> web.Response:
        body = await request.json()
        sender = self._of(self.senders, request)
        if set(body) != {"webhook"}:
            raise Refusal(400, 20001, f"unknown {sorted(body)}")
        sender["webhook"] = body["webhook"]
        return web.json_response(sender, status=202)

    def _of(self, kept: Mapping[str, dict[str, Any]], request: web.Request) -> dict[str, Any]:
        found = kept.get(request.match_info["sid"])
        if found is None:
            raise Refusal(404, 20404, "no such resource")
        return found

    async def _create(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise Refusal(400, 20001, "no JSON")
        body = await request.json()
        if wrong := wrong_content(body):
            self.note(Call("content", list(body.items()), 400, *wrong))
            raise Refusal(400, *wrong)
        sid = sid_of("HX")
        self.contents[sid] = Content(sid, **{"friendly_name": "", "variables": {}, **body})
        self.note(Call("content", list(body.items()), 201))
        return web.json_response(self._row(self.contents[sid]), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        first, size = int(request.query.get("Page", "0")), int(request.query.get("PageSize", "50"))
        size = min(size, self.page)
        kept = list(self.contents.values())[first * size : (first + 1) * size]
        more = len(self.contents) > (first + 1) * size
        following = f"{self.url()}{request.path}?PageSize={size}&Page={first + 1}"
        meta = {"next_page_url": following if more else None, "page": first, "page_size": size}
        judged = request.path.endswith("Approvals")
        rows = [self._row(one) | ({"approval_requests": self._judged(one)} if judged else {})
                for one in kept]  # fmt: skip
        return web.json_response({"contents": rows, "meta": meta})

    async def _submit(self, request: web.Request) -> web.Response:
        content = self.contents.get(request.match_info["sid"])
        if content is None:
            raise Refusal(404, 20404, "no such content")
        body = await request.json()
        must(wrong_approval(content, body.get("name", ""), body.get("category", "")))
        content.name, content.category, content.status = body["name"], body["category"], "received"
        self.note(Call("approval", list(body.items()), 201))
        return web.json_response(self._judged(content), status=201)

    def _row(self, one: Content) -> dict[str, Any]:
        return {
            "sid": one.sid,
            "account_sid": self.account,
            "friendly_name": one.friendly_name,
            "language": one.language,
            "variables": one.variables,
            "types": one.types,
            "date_created": self.date(),
            "url": f"https://content.twilio.com/v1/Content/{one.sid}",
        }

    def _judged(self, one: Content) -> dict[str, Any]:
        return {
            "name": one.name,
            "category": one.category,
            "content_type": one.kind,
            "status": one.status,
            "rejection_reason": one.why,
            "allow_category_change": True,
        }
