"""Short calls: what an answer is, whether anything left us, and when a line is used again."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import lines as far
from bot.channels.lines import Lines, NoAnswer, Said, Unreadable, answer_of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name:  a b \r\n\r\nhi"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1\r\nh\r\n1;x=y\r\ni\r\n0\r\nTrailer: 1\r\n\r\n"
)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("data", "body", "lasts"),
    [
        (OK, b"hi", True),
        (CHUNKED, b"hi", True),
        (CHUNKED.replace(b"Trailer: 1\r\n", b""), b"hi", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"hi", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (OK.replace(b"X-Name: ", b"Connection: Close\r\nX:"), b"hi", False),
        (OK.replace(b"HTTP/1.1", b"HTTP/1.0"), b"hi", False),
    ],
)
def test_an_answer_is_known_when_all_of_it_is_there(data: bytes, body: bytes, lasts: bool) -> None:
    for end in range(len(data)):
        assert answer_of(data[:end], ended=False) is None, data[:end]
    found = answer_of(data, ended=False)
    assert found is not None
    assert (found[0].body, found[1]) == (body, lasts)


def test_the_headers_of_an_answer_are_known_by_small_letters() -> None:
    assert answer_of(OK, ended=False) == (
        Said(200, {"content-length": "2", "x-name": "a b"}, b"hi"),
        True,
    )


def test_a_line_on_which_more_was_said_than_asked_for_is_not_used_again() -> None:
    for data in (OK, CHUNKED, b"HTTP/1.1 204 No Content\r\n\r\n"):
        found = answer_of(data + b"HTTP/1.1", ended=False)
        assert found is not None and not found[1]


def test_an_answer_without_a_length_lasts_until_the_line_ends() -> None:
    data = b"HTTP/1.1 200 OK\r\n\r\nhello"
    assert answer_of(data, ended=False) is None
    assert answer_of(data, ended=True) == (Said(200, {}, b"hello"), False)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 xxx\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nnothing\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a" * far.MOST_HEAD,
    ],
)
def test_what_is_no_answer_cannot_be_read(data: bytes) -> None:
    with pytest.raises(Unreadable):
        answer_of(data, ended=False)


@given(st.binary(max_size=60), st.booleans())
def test_whatever_is_answered_is_read_or_refused(data: bytes, ended: bool) -> None:
    for whole in (data, b"HTTP/1.1 200 OK\r\n" + data, CHUNKED[:49] + data):
        with contextlib.suppress(Unreadable):
            answer_of(whole, ended)


@contextlib.asynccontextmanager
async def standing(handler: Handler, secure: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A far side on loopback; gives its address. At the end it hangs up on everybody."""
    under_way: set[asyncio.Task[None]] = set()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                await handler(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(handled, "127.0.0.1", 0, ssl=secure)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http{'s' if secure else ''}://127.0.0.1:{port}"
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.sleep(0.01)


class Answers:
    """A far side that answers each request the same; `met` counts its lines."""

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.met = 0
        self.heard: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.heard.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self.answer)
                await writer.drain()


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    made = Lines()
    yield made
    made.close()


async def test_one_line_serves_one_call_after_the_other_and_several_at_once(lines: Lines) -> None:
    answers = Answers()
    async with standing(answers) as address:
        for _ in range(5):
            said = await lines.call("GET", f"{address}/a?b=c", b"X-One: 1\r\n", None, 5.0)
            assert (said.status, said.body) == (200, b"hi")
        assert answers.met == 1
        assert answers.heard[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"\r\nX-One: 1\r\n" in answers.heard[0]
        await asyncio.gather(*(lines.call("GET", address, b"", None, 5.0) for _ in range(7)))
        assert answers.met == 7
        lines.close()


async def test_a_line_that_the_far_side_ended_is_not_used_again(lines: Lines) -> None:
    answers = Answers()
    async with standing(answers) as address:
        await lines.call("GET", address, b"", None, 5.0)
        answers.writers[0].write_eof()
        await asyncio.sleep(0.05)
        assert (await lines.call("GET", address, b"", None, 5.0)).status == 200
        answers.answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        await lines.call("GET", address, b"", None, 5.0)
        await lines.call("GET", address, b"", None, 5.0)
    assert answers.met == 3


async def test_a_line_that_nobody_used_for_long_is_closed(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far, "KEPT", 0.02)
    ended = asyncio.Event()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.read()
        ended.set()

    async with standing(answers) as address:
        await lines.call("GET", address, b"", None, 5.0)
        await asyncio.wait_for(ended.wait(), 5)


async def test_where_nobody_listens_nothing_left_us(lines: Lines) -> None:
    async with standing(Answers()) as address:
        pass
    with pytest.raises(NoAnswer) as none:
        await lines.call("POST", address, b"", b"x", 5.0)
    assert not none.value.written
    for wrong in ("ftp://here", "http://", "http://here/a b", "http://here/\r\nX: 1", "nothing"):
        with pytest.raises(NoAnswer) as none:
            await lines.call("POST", wrong, b"", b"x", 5.0)
        assert not none.value.written


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", b"no\r\n\r\n"]
)
async def test_where_the_answer_breaks_off_something_left_us(lines: Lines, answer: bytes) -> None:
    async def breaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.write_eof()
        await reader.read()

    async with standing(breaks) as address:
        with pytest.raises(NoAnswer) as none:
            await lines.call("POST", address, b"", b"x", 5.0)
    assert none.value.written


async def test_a_far_side_that_is_silent_is_not_waited_for_and_its_line_not_used(
    lines: Lines,
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()

    ended = asyncio.Event()
    async with standing(silent) as address:
        with pytest.raises(NoAnswer) as none:
            await lines.call("POST", address, b"", b"x", 0.05)
        assert (none.value.why, none.value.written) == ("TimeoutError", True)
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_call_that_is_given_up_hangs_up_and_leaves_room(lines: Lines) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        ended.set()

    async with standing(silent) as address:
        for _ in range(far.AT_ONCE + 5):
            asked.clear()
            ended.clear()
            call = asyncio.create_task(lines.call("GET", address, b"", None, 5.0))
            await asyncio.wait_for(asked.wait(), 5)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(ended.wait(), 5)


async def test_more_calls_than_lines_wait_for_one_and_not_for_ever(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                await gate.wait()
                writer.write(OK)

    async with standing(slow) as address:
        first = [lines.call("GET", address, b"", None, 5.0) for _ in range(far.AT_ONCE)]
        tasks = [asyncio.create_task(call) for call in first]
        await asyncio.sleep(0.2)
        with monkeypatch.context() as patched:
            patched.setattr(far, "CONNECT", 0.05)
            with pytest.raises(NoAnswer) as none:
                await lines.call("GET", address, b"", None, 5.0)
            assert not none.value.written
        late = asyncio.create_task(lines.call("GET", address, b"", None, 5.0))
        await asyncio.sleep(0)
        gate.set()
        answered = await asyncio.gather(late, *tasks)
        assert {said.status for said in answered} == {200}
        lines.close()


def certificate(folder: Path) -> Path:
    """One for this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_a_far_side_that_cannot_show_who_it_is_is_told_nothing(
    lines: Lines, tmp_path: Path
) -> None:
    answers, own = Answers(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    path = certificate(tmp_path)
    own.load_cert_chain(path)
    async with standing(answers, own) as address:
        with pytest.raises(NoAnswer) as none:
            await lines.call("POST", address, b"", b"x", 5.0)
        assert not none.value.written
        assert not answers.heard
        lines._tls.load_verify_locations(path)
        assert (await lines.call("POST", address, b"", b"x", 5.0)).body == b"hi"
        lines.close()
