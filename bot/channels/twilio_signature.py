"""Whether a request is Twilio's: its signature over our public address and the form. Pure.

Written directly, since the library's validator does it twice in text; a test holds both against
each other. Source: https://www.twilio.com/docs/usage/security#validating-requests"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
PORTS = {"https": 443, "http": 80}
LONGEST = 88
"""Characters of the longest signature there is, that of a SHA-512."""

Fields = Iterable[tuple[str, str]]


def is_signed(
    tokens: Sequence[str],
    url: str,
    fields: Fields,
    signature: str | None,
    settings: str | None = None,
) -> bool:
    """Whether one of the tokens made the signature; no header, however odd, raises.

    `url`: as it was set at Twilio, without a fragment; it signs with or without a port, whatever
    stands there. `settings` is the newer header that names the hash."""
    named = HASHES.get(algorithm(settings))
    if not signature or len(signature) > LONGEST or named is None:
        return False
    given = signature.encode("utf-8", "surrogateescape")
    tail = _tail(fields)
    found = False
    for address in _spellings(url):
        told = (address + tail).encode("utf-8", "surrogateescape")
        for token in tokens:
            made = b64encode(hmac.digest(token.encode(), told, named))
            found |= hmac.compare_digest(made, given)
        if found:
            return True
    return False


def is_of_body(url: str, body: bytes) -> bool:
    """Whether a signed address names the hash of a body that is no form; without one nobody knows
    whose the body is."""
    named = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0].lower()
    made = hashlib.sha256(body).hexdigest()
    return hmac.compare_digest(named.encode("utf-8", "replace"), made.encode())


def algorithm(settings: str | None) -> str:
    """The hash that the settings header names; HMAC_SHA1 where it names none."""
    for part in (settings or "").split(","):
        name, separator, value = part.partition("=")
        if separator and name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def signature_of(token: str, url: str, fields: Fields, settings: str | None = None) -> str:
    """The signature Twilio would send."""
    told = (url + _tail(fields)).encode("utf-8", "surrogateescape")
    return b64encode(hmac.digest(token.encode(), told, HASHES[algorithm(settings)])).decode()


def _tail(fields: Fields) -> str:
    """The fields in the order that is signed: by name, then value; what is there twice, once."""
    return "".join([name + value for name, value in sorted(set(fields))])


def _spellings(url: str) -> tuple[str, ...]:
    """The address as it stands, then with its port added, or without it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    port = host.rpartition(":")[2] if not host.endswith("]") and ":" in host else ""
    if port:
        other = url.replace(f"{host}", host.removesuffix(f":{port}"), 1)
    elif parts.scheme in PORTS:
        other = url.replace(host, f"{host}:{PORTS[parts.scheme]}", 1)
    else:
        return (url,)
    return (url, other)
