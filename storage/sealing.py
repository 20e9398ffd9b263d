"""What is encrypted at rest, and how: AES-256-GCM cells, their keys wrapped by DATABASE_KEY.

DATABASE_KEY, stretched by scrypt, wraps the keys in the table `keys`: numbered ones that seal
cells, the newest for what is written now, and one for keyed hashes, which never changes, so that
look-ups and STOP outlive a rotation. A cell is the key's number (one byte), a nonce (12) and the
ciphertext, bound to its table and column, so that a cell moved elsewhere does not open."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator

from storage.chance import Pieces
from storage.packing import packed, unpacked

LEAST_KEY = 32  # characters of DATABASE_KEY
_SALT, _NONCE, _TAG = 16, 12, 16
_LAST_NUMBER = 255
_nonces = Pieces(_NONCE)


class WrongKey(Exception):
    """DATABASE_KEY does not open this database: it was made with another key. Set DATABASE_KEY to
    the key it was made with (`make run` keeps it in var/), or use the database of this key."""

    def __init__(self) -> None:
        super().__init__(" ".join((WrongKey.__doc__ or "").split()))


class BrokenCell(Exception):
    """A sealed cell of {column} does not open: {why}."""

    def __init__(self, column: str, why: str) -> None:
        self.column = column
        super().__init__(f"A sealed cell of {column} does not open: {why}.")


class NoKeyring(Exception):
    """A sealed column was used by an engine without a keyring: open it by database.connect."""

    def __init__(self) -> None:
        super().__init__(NoKeyring.__doc__)


@dataclass(frozen=True, repr=False)
class Keyring:
    """The opened keys of one database: `seals` by number, of which `newest` writes."""

    seals: Mapping[int, bytes]
    newest: int
    hashing: bytes
    _ciphers: Mapping[int, AESGCM] = field(init=False)
    _number: bytes = field(init=False)
    _hash: hmac.HMAC = field(init=False)

    def __post_init__(self) -> None:
        ciphers = {number: AESGCM(key) for number, key in self.seals.items()}
        object.__setattr__(self, "_ciphers", ciphers)
        object.__setattr__(self, "_number", bytes([self.newest]))
        object.__setattr__(self, "_hash", hmac.new(self.hashing, digestmod=hashlib.sha256))

    def seal(self, column: str, plain: bytes) -> bytes:
        nonce = _nonces.take()
        sealed = self._ciphers[self.newest].encrypt(nonce, plain, column.encode())
        return self._number + nonce + sealed

    def unseal(self, column: str, cell: bytes) -> bytes:
        """What was sealed. Raises BrokenCell."""
        if len(cell) < 1 + _NONCE + _TAG:
            raise BrokenCell(column, "it is cut short")
        cipher = self._ciphers.get(cell[0])
        if cipher is None:
            raise BrokenCell(column, f"its key, number {cell[0]}, is not on this keyring")
        try:
            return cipher.decrypt(cell[1 : 1 + _NONCE], cell[1 + _NONCE :], column.encode())
        except InvalidTag:
            raise BrokenCell(column, "it was altered, or belongs to another column") from None

    def digest(self, text: str) -> str:
        """A keyed hash of `text`, 64 hexadecimal digits, the same for ever in this database."""
        keyed = self._hash.copy()
        keyed.update(text.encode())
        return keyed.hexdigest()


def digest(db: AsyncConnection, text: str) -> str:
    """The keyed hash of `text` by which this database finds an address, a code."""
    return keyring(db.dialect).digest(text)


def keyring(dialect: Dialect) -> Keyring:
    """The keyring of an engine. Raises NoKeyring."""
    ring: Keyring | None = getattr(dialect, "keyring", None)
    if ring is None:
        raise NoKeyring
    return ring


class _Cell(TypeDecorator[Any]):
    """A cell that only who holds DATABASE_KEY can read; `column` is its "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Without the layers between, of which none has anything to do."""
        return partial(self.process_bind_param, dialect=dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return partial(self.process_result_value, dialect=dialect)


class Sealed(_Cell):
    """A text that is sealed."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return keyring(dialect).seal(self.column, value.encode("utf-8", "surrogatepass"))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        plain = keyring(dialect).unseal(self.column, value)
        return plain.decode("utf-8", "surrogatepass")


class SealedJson(_Cell):
    """JSON that is sealed."""

    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring(dialect).seal(self.column, packed(value))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> object:
        return None if value is None else unpacked(keyring(dialect).unseal(self.column, value))


@dataclass(frozen=True)
class Wrapper:
    """Wraps and unwraps the keys of a database by DATABASE_KEY and a salt of its own."""

    secret: str = field(repr=False)
    salt: bytes

    @classmethod
    def fresh(cls, secret: str) -> Wrapper:
        return cls(secret, os.urandom(_SALT))

    def wrap(self, number: int, purpose: str, key: bytes) -> str:
        nonce = os.urandom(_NONCE)
        stretched = AESGCM(_stretched(self.secret, self.salt))
        wrapped = stretched.encrypt(nonce, key, f"{purpose}.{number}".encode())
        return b64encode(self.salt + nonce + wrapped).decode()


def unwrap(secret: str, number: int, purpose: str, wrapped: str) -> bytes:
    """The key in a row of `keys`. Raises WrongKey."""
    raw = b64decode(wrapped)
    salt, nonce = raw[:_SALT], raw[_SALT : _SALT + _NONCE]
    try:
        stretched = AESGCM(_stretched(secret, salt))
        return stretched.decrypt(nonce, raw[_SALT + _NONCE :], f"{purpose}.{number}".encode())
    except InvalidTag:
        raise WrongKey from None


@lru_cache(maxsize=4)
def _stretched(secret: str, salt: bytes) -> bytes:
    if len(secret) < LEAST_KEY:
        raise ValueError(f"DATABASE_KEY must have at least {LEAST_KEY} characters")
    return Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(secret.encode())


def next_number(numbers: list[int]) -> int:
    """The number of the next key; a cell has one byte for it."""
    number = max(numbers, default=0) + 1
    if number > _LAST_NUMBER:
        raise RuntimeError(f"a database can have {_LAST_NUMBER} keys in its life, and has had them")
    return number
