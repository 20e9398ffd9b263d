"""Files that the phone page hands over: measured as they come, told by what is in them."""

from __future__ import annotations

from aiohttp import BodyPartReader, MultipartReader, web

from bot import metrics
from bot.media import MOST, Sort, sort_of
from bot.pipeline.parts import Pipeline
from storage import media

CHUNK = 64 * 1024
LONGEST_FIELD = 64
NAMES = {"photo": "photo", "voice": "voice message"}


class NotTaken(Exception):
    """A file we do not take: the status to answer and why, in one plain sentence."""

    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


async def upload(request: web.Request, pipeline: Pipeline) -> web.Response:
    """Keep a file; answers with the token by which a message names it."""
    try:
        data, wanted = await _read(request)
        sort = _sort(data, wanted)
    except NotTaken as problem:
        metrics.REFUSED.labels("phone", "file").inc()
        return web.json_response({"error": problem.why}, status=problem.status)
    now = pipeline.clock()
    path = pipeline.media.keep(data)
    async with pipeline.database.begin() as db:
        kept = await media.add(db, now, kind=sort.kind, type=sort.type, size=len(data), path=path)
    token = pipeline.media.token(kept.id, now)
    body = {"token": token, "url": f"/media/{token}", "kind": sort.kind}
    return web.json_response(body, status=201)


async def _read(request: web.Request) -> tuple[bytes, str]:
    if request.content_length is not None and request.content_length > MOST + CHUNK:
        raise _too_large()
    if not request.content_type.startswith("multipart/form-data"):
        raise NotTaken(415, "A file is sent as a form with the field file.")
    data, kind = b"", ""
    try:
        form = await request.multipart()
        while (part := await form.next()) is not None:
            if isinstance(part, MultipartReader):
                raise NotTaken(400, "A file is sent as a form with the field file.")
            if part.name == "file" and not data:
                data = await _file(part)
            elif part.name == "kind":
                kind = (await part.read_chunk(LONGEST_FIELD)).decode(errors="replace")
            await part.release()
    except (web.RequestPayloadError, ValueError, AssertionError, LookupError, RuntimeError):
        raise NotTaken(400, "The form with the file cannot be read.") from None
    if not data:
        raise NotTaken(400, "There is no file, or nothing in it.")
    return data, kind.strip()


async def _file(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        data += chunk
        if len(data) > MOST:
            raise _too_large()
    return bytes(data)


def _too_large() -> NotTaken:
    return NotTaken(413, f"That file is too large: at most {MOST // 1024 // 1024} MB.")


def _sort(data: bytes, wanted: str) -> Sort:
    sort = sort_of(data)
    if sort is None:
        raise NotTaken(415, "That is no photo or recording we know.")
    if wanted and wanted != sort.kind:
        name = NAMES.get(wanted)
        raise NotTaken(
            415, f"That is not a {name}." if name else "Send a photo or a voice message."
        )
    return sort
