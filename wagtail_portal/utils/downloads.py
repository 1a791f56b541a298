"""Send attachments, for views that have checked who may read the message.

Clients may fetch a part of a file (RFC 9110, section 14), and ask whether their copy is current
(section 13). The content of an attachment never changes, so its ID identifies it.
"""

import re

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from . import thumbnails

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)
BLOCK = 64 * 1024


def attachment_response(request, attachment, name: str | None = None) -> HttpResponse:
    """Return the file as a download; pictures may be shown in place.

    :param attachment: an :class:`~wagtail_portal.models.Attachment` that the visitor may read.
    :param name: the file name in the address, where it has one; a wrong one answers like a
        missing file.
    :raises Http404: for no attachment, a wrong name, and a file that the storage has lost.
    """
    if attachment is None or name not in (None, attachment.name):
        raise Http404
    return _file_response(
        request,
        attachment.file,
        etag=f'"{attachment.pk.hex}"',
        changed=attachment.created_at,
        content_type=attachment.content_type,
        disposition=content_disposition_header(not attachment.is_image, attachment.name),
    )


def thumbnail_response(request, attachment) -> HttpResponse:
    """Return the small picture of an attachment, to be shown in place.

    :param attachment: as for :func:`attachment_response`.
    :raises Http404: for no attachment, and one without a small picture.
    """
    if attachment is None or not attachment.thumbnail:
        raise Http404
    return _file_response(
        request,
        attachment.thumbnail,
        etag=f'"{attachment.pk.hex}-small"',
        changed=attachment.created_at,
        content_type=thumbnails.CONTENT_TYPE,
        disposition="inline",
    )


def _file_response(request, file, *, etag, changed, content_type, disposition) -> HttpResponse:
    """Return a kept file, or as much of it as the request asks for."""
    moment = int(changed.timestamp())
    answer = get_conditional_response(request, etag, moment)
    if answer is None:
        try:
            stream = file.open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        size = file.size
        first, last = _wanted(request, size, etag, moment)
        if first is None:
            answer = FileResponse(stream, content_type=content_type)
            answer["Content-Length"] = size
        elif first > last:
            stream.close()
            answer = HttpResponse(status=416)
            answer["Content-Range"] = f"bytes */{size}"
        else:
            part = _Part(stream, first, last - first + 1)
            answer = StreamingHttpResponse(part, status=206, content_type=content_type)
            answer["Content-Length"] = part.left
            answer["Content-Range"] = f"bytes {first}-{last}/{size}"
            # Otherwise a compressing middleware would shrink the part, but not adapt its range.
            answer["Content-Encoding"] = "identity"
        answer["Content-Disposition"] = disposition
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(moment)
    answer["Accept-Ranges"] = "bytes"
    # Whatever the file is, it can't run or load anything in a browser.
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _wanted(request, size: int, etag: str, moment: int) -> tuple[int | None, int]:
    """First and last byte of the range that is asked for: ``(None, 0)`` for the whole file, the
    first behind the last for a range that the file has not got.

    Several ranges at once, and what is no range of bytes, are answered with the whole file.
    """
    whole = None, 0
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip().lower())
    if request.method != "GET" or asked is None:
        return whole
    condition = request.headers.get("If-Range", "").strip()
    if condition and condition != etag and parse_http_date_safe(condition) != moment:
        return whole
    start, end = asked.groups()
    if not start and not end or start and end and int(start) > int(end):
        return whole
    if not start:
        # The last bytes.
        return (max(size - int(end), 0), size - 1) if int(end) else (size, size - 1)
    return int(start), min(int(end), size - 1) if end else size - 1


class _Part:
    """Read ``left`` bytes of a stream, in blocks, from the current position."""

    def __init__(self, stream, start: int, left: int):
        stream.seek(start)
        self.stream, self.left = stream, left

    def __iter__(self):
        return self

    def __next__(self) -> bytes:
        block = self.stream.read(min(BLOCK, self.left)) if self.left else b""
        if not block:
            raise StopIteration
        self.left -= len(block)
        return block

    def close(self):
        """Close the file; Django calls this after the response, or when the client has gone."""
        self.stream.close()
