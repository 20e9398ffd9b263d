"""A database with many people and messages in it, made by the server itself.

What is sealed is filled with bytes that no key opens: nobody of them writes while we measure."""

from __future__ import annotations

from tests.servers import Postgres

PEOPLE = """
INSERT INTO contacts (id, pseudonym, name, language, country, shows, wants, sms_ok, heard_at,
                      created_at)
SELECT gen_random_uuid(), gen_random_uuid(), '\\x00'::bytea || decode(md5(n::text), 'hex'), 'en',
       'HN', 'bot', '[]', false, now(), now() - interval '90 days'
  FROM generate_series(1, {people}) AS n
"""
ADDRESSES = """
INSERT INTO urns (id, scheme, address, digest, via, shared, heard_at, created_at)
SELECT id, 'telegram', '\\x00'::bytea || decode(md5(id::text), 'hex'),
       md5(id::text) || md5('x' || id::text), 'telegram', false, now(), now()
  FROM contacts
"""
LINKS = """
INSERT INTO contact_urns (contact_id, urn_id, current, linked_at)
SELECT id, id, true, now() FROM contacts
"""
SESSIONS = """
INSERT INTO sessions (id, contact_id, flow, answers, state, rank, created_at, changed_at)
SELECT gen_random_uuid(), id, 'register', '\\x00'::bytea || decode(md5(id::text), 'hex'), 'done', 0,
       now(), now()
  FROM contacts
"""
HEARD = """
INSERT INTO inbox (channel, external_id, urn_digest, body, state, attempts, due_at, received_at,
                   done_at)
SELECT 'telegram', 'old' || n, md5((n % {people})::text) || md5('y' || n % {people}),
       '\\x00'::bytea || decode(repeat(md5(n::text), 8), 'hex'), 'done', 0,
       now() - interval '9 days', now() - interval '9 days', now() - interval '9 days'
  FROM generate_series(1, {messages}) AS n
"""
SAID = """
INSERT INTO outbox (id, contact_id, urn_id, channel, rank, purpose, reply, state, attempts, due_at,
                    created_at, sent_at)
SELECT gen_random_uuid(), id, id, 'telegram', 0, 'reply',
       '\\x00'::bytea || decode(repeat(md5(n::text), 12), 'hex'), 'sent', 1,
       now() - interval '9 days', now() - interval '9 days', now() - interval '9 days'
  FROM contacts CROSS JOIN generate_series(1, {each}) AS n
"""


async def fill(postgres: Postgres, database: str, people: int, messages: int) -> None:
    """So many people, and so many messages in all, half of them theirs and half ours."""
    half = messages // 2
    numbers = {"people": people, "messages": half, "each": max(1, half // people)}
    for statement in (PEOPLE, ADDRESSES, LINKS, SESSIONS, HEARD, SAID):
        await postgres.execute(statement.format(**numbers), database)
    await postgres.execute("VACUUM ANALYZE", database)
    await postgres.execute("CHECKPOINT", database)
