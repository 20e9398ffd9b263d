"""The servers of the tests: the ones that the trial of kills starts as well."""

from bot.kills.servers import (
    Postgres,
    Redis,
    ServerFailed,
    ServerMissing,
    postgres,
    redis_server,
    valkey_server,
)

__all__ = [
    "Postgres",
    "Redis",
    "ServerFailed",
    "ServerMissing",
    "postgres",
    "redis_server",
    "valkey_server",
]
