"""The servers that other tests lean on are the real ones, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket as sockets
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.kills import servers

RUNS_BOTH_UNTIL_KILLED = """
import sys
from bot.kills import servers
with servers.postgres() as database, servers.redis_server() as coordination:
    print(database.folder, coordination.url, flush=True)
    sys.stdin.read()
"""


async def test_a_database_on_postgres_can_be_written_and_read(bare_postgres_url: str) -> None:
    engine = create_async_engine(bare_postgres_url)
    async with engine.begin() as db:
        await db.execute(text("CREATE TABLE spoken (words text)"))
        await db.execute(text("INSERT INTO spoken VALUES ('ውሃ'), ('ماء')"))
        rows = (await db.execute(text("SELECT words FROM spoken ORDER BY words"))).scalars().all()
    await engine.dispose()
    assert set(rows) == {"ውሃ", "ماء"}


def test_a_copy_of_a_template_has_what_the_template_has(
    postgres_server: servers.Postgres,
) -> None:
    template = postgres_server.create()
    asyncio.run(postgres_server.execute("CREATE TABLE kept (n int)", template))
    copy = postgres_server.create(template)
    try:
        asyncio.run(postgres_server.execute("INSERT INTO kept VALUES (1)", copy))
        with pytest.raises(asyncpg.UndefinedTableError):
            asyncio.run(postgres_server.execute("SELECT * FROM kept", postgres_server.create()))
    finally:
        postgres_server.drop(copy)
        postgres_server.drop(template)


def test_postgres_is_recent_enough_to_stand_for_those_in_use(
    postgres_server: servers.Postgres,
) -> None:
    assert int(postgres_server.version.split(".")[0]) >= 14


async def test_redis_and_valkey_have_the_streams_and_scripts_we_use(any_redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(any_redis_url) as client:
        assert await client.dbsize() == 0
        await client.xadd("woken", {"topic": "inbox"}, maxlen=1)
        assert await client.xlen("woken") == 1
        script = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
        assert await script(keys=["bucket"], args=[3]) == 3


def test_valkey_is_told_from_redis(valkey_server: servers.Redis) -> None:
    assert valkey_server.name == "valkey"


def test_servers_go_when_the_tests_are_killed_outright() -> None:
    if not sys.platform.startswith("linux"):
        return
    process = subprocess.Popen(
        [sys.executable, "-c", RUNS_BOTH_UNTIL_KILLED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    folder, url = process.stdout.readline().split()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    redis_socket = Path(url.removeprefix("unix://").removesuffix("?db=0"))
    assert _gone(Path(folder) / ".s.PGSQL.5432")
    assert _gone(redis_socket)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(redis_socket.parent, ignore_errors=True)


def _gone(socket: Path) -> bool:
    """Wait, as long as pytest-timeout lets us, until nobody listens."""
    while True:
        with sockets.socket(sockets.AF_UNIX) as caller:
            try:
                caller.connect(str(socket))
                caller.recv(1)
            except (ConnectionError, FileNotFoundError):
                return True


def test_a_missing_postgres_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _hide_everything(monkeypatch, tmp_path)
    with pytest.raises(servers.ServerMissing, match="apt-get install postgresql"):
        servers.postgres_programs()


def test_a_missing_redis_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _hide_everything(monkeypatch, tmp_path)
    with pytest.raises(servers.ServerMissing, match="apt-get install redis-server"):
        servers.redis_program()
    with pytest.raises(servers.ServerMissing, match="apt-get install valkey-server"):
        servers.valkey_program()


def test_a_program_named_in_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "redis-server"
    program.touch()
    monkeypatch.setenv("TEST_REDIS_BIN", str(program))
    assert servers.redis_program() == program


def test_a_server_that_stops_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho no more memory\nexit 1\n")
    program.chmod(0o755)
    with (
        pytest.raises(servers.ServerFailed, match="no more memory"),
        servers.redis_server(program),
    ):
        pass


def _hide_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TEST_PG_BIN", "TEST_REDIS_BIN", "TEST_VALKEY_BIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(servers, "_package", lambda name: None)
    monkeypatch.setattr(servers, "INSTALLED", (str(tmp_path),))
