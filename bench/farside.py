"""The far side of Telegram and Twilio for measuring: takes everything at once, asks nothing.

Written for a protocol, so that it costs a tenth of what whoever sends does and is never what is
waited for. `python -m bench.farside`; the first line of its output is its port."""

from __future__ import annotations

import asyncio
import itertools
from typing import cast

import uvloop

from bench.load import length_of

_numbers = itertools.count(1)
ME = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"b","username":"b"}}'
SENT = (
    b'{"ok":true,"result":{"message_id":%d,"date":1770000000,"chat":{"id":1,"type":"private"},'
    b'"from":{"id":1,"is_bot":true,"first_name":"b","username":"b"},"text":"x"}}'
)
QUEUED = b'{"sid":"SM%032d","status":"queued","error_code":null}'


def answer(path: bytes) -> tuple[bytes, bytes]:
    """The status and the body."""
    if path.startswith(b"/2010-04-01/"):
        return b"201 Created", QUEUED % next(_numbers)
    if path.endswith(b"/getMe"):
        return b"200 OK", ME
    if path.endswith(b"/sendMessage"):
        return b"200 OK", SENT % next(_numbers)
    return b"200 OK", b'{"ok":true,"result":true}'


class FarSide(asyncio.Protocol):
    """One connection, kept open."""

    def __init__(self) -> None:
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        while True:
            head, whole, rest = self.heard.partition(b"\r\n\r\n")
            length = length_of(head)
            if not whole or len(rest) < length:
                return
            self.heard = rest[length:]
            status, body = answer(head.split(b" ", 2)[1])
            self.transport.write(
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(body), body)
            )


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(FarSide, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
