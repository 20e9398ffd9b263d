"""Media files: what they are is told by what is in them, where they lie by nobody's name, and
they are reached by links that are signed and end."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

MOST = 16 * 1024 * 1024
"""Bytes of a file."""

LASTS = timedelta(days=1)
MPEG = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")
SIGNATURE = 16  # bytes of it in a link
FOLDERS = 2  # letters of a name that make the folder it lies in


@dataclass(frozen=True)
class Sort:
    """What a file is: a photo or a voice note, and its media type."""

    kind: str
    type: str


def sort_of(data: bytes) -> Sort | None:
    """What a file is by how it begins; None for what we do not take."""
    if data.startswith(b"\xff\xd8\xff"):
        return Sort("photo", "image/jpeg")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Sort("photo", "image/png")
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Sort("photo", "image/gif")
    if data.startswith(b"RIFF"):
        return {b"WEBP": Sort("photo", "image/webp"), b"WAVE": Sort("voice", "audio/wav")}.get(
            data[8:12]
        )
    if data.startswith(b"OggS"):
        return Sort("voice", "audio/ogg")
    if data.startswith(b"\x1aE\xdf\xa3"):
        return Sort("voice", "audio/webm")
    if data.startswith(b"#!AMR"):
        return Sort("voice", "audio/amr")
    if data.startswith(b"ID3") or data[:2] in MPEG:
        return Sort("voice", "audio/mpeg")
    if data[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return Sort("voice", "audio/aac")
    if data[4:8] == b"ftyp":
        return _of_brand(data[8:12])
    return None


def _of_brand(brand: bytes) -> Sort | None:
    if brand in (b"heic", b"heix", b"mif1", b"avif"):
        return Sort("photo", "image/avif" if brand == b"avif" else "image/heic")
    if brand[:3] == b"3gp":
        return Sort("voice", "audio/3gpp")
    return Sort("voice", "audio/mp4") if brand[:3] in (b"M4A", b"mp4", b"iso", b"das") else None


class Keeper:
    """Keeps files under a folder and signs the links to them.

    `address` is what a link begins with where it leaves our page: the public address."""

    def __init__(self, folder: Path, key: str, address: str = "") -> None:
        self.folder = folder
        self.address = address
        self._secret = hmac.digest(key.encode(), b"links to media", "sha256")

    def keep(self, data: bytes, name: str = "") -> str:
        """Write a file that is whole or not there; gives its path below the folder. A `name` that
        nobody can guess makes the same file the same, however often it is written."""
        name = name or secrets.token_hex(20)
        path = self.folder / name[:FOLDERS] / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.chmod(0o600)
        part.rename(path)
        return f"{name[:FOLDERS]}/{name}"

    def path(self, name: str) -> Path | None:
        """The file of a path below the folder, if it is there."""
        path = (self.folder / name).resolve()
        inside = path.is_relative_to(self.folder.resolve())
        return path if inside and path.is_file() else None

    def forget(self, names: Iterable[str]) -> None:
        """Delete files; what is gone is gone."""
        for name in names:
            path = self.path(name)
            if path is not None:
                path.unlink(missing_ok=True)

    def token(self, media_id: UUID, now: datetime, lasts: timedelta = LASTS) -> str:
        """What stands for a file in a link, until it ends."""
        ends = int((now + lasts).timestamp())
        claim = media_id.bytes + ends.to_bytes(5, "big")
        return urlsafe_b64encode(claim + self._signed(claim)).decode().rstrip("=")

    def link(self, media_id: UUID, now: datetime, lasts: timedelta = LASTS) -> str:
        """The path of a link to a file."""
        return f"/media/{self.token(media_id, now, lasts)}"

    def read(self, token: str, now: datetime) -> UUID | None:
        """Whose file a token stands for; None where it is not ours or has ended."""
        try:
            claim = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        claim, signature = claim[:-SIGNATURE], claim[-SIGNATURE:]
        if len(claim) != 21 or not hmac.compare_digest(signature, self._signed(claim)):
            return None
        if int.from_bytes(claim[16:], "big") < now.timestamp():
            return None
        return UUID(bytes=claim[:16])

    def _signed(self, claim: bytes) -> bytes:
        return hmac.digest(self._secret, claim, hashlib.sha256)[:SIGNATURE]
