"""Send attachments, for views that have checked access to the message.

Supports range requests (RFC 9110, section 14) and conditional requests (section 13). The content of
an attachment never changes, so its ID is the ETag.
"""

import re
from contextlib import ExitStack

from django.core.files import File
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from . import thumbnails
from .storage import reading_storage

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)
BLOCK = 64 * 1024


def attachment_response(request, attachment, name: str | None = None) -> HttpResponseBase:
    """Return the file as a download, or inline for images.

    :param attachment: an :class:`~wagtail_portal.models.Attachment` that the user can read.
    :param name: the file name in the URL, if it has one.
    :raises Http404: without an attachment, for another name, and if the file is missing.
    :raises StorageUnavailable: if it can't be read right now.
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


def thumbnail_response(request, attachment) -> HttpResponseBase:
    """Return the thumbnail of an attachment, to be shown inline.

    :param attachment: as for :func:`attachment_response`.
    :raises Http404: without an attachment or a thumbnail.
    :raises StorageUnavailable: if it can't be read right now.
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


def _file_response(request, file, *, etag, changed, content_type, disposition) -> HttpResponseBase:
    """Return a stored file, or the requested range of it."""
    modified = int(changed.timestamp())
    response: HttpResponseBase | None = get_conditional_response(request, etag, modified)
    if response is None:
        stream, size = _open(file)
        first, last = _requested_range(request, size, etag, modified)
        if first is None:
            response = FileResponse(stream, content_type=content_type)
            response["Content-Length"] = size
        elif first > last:
            stream.close()
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
        else:
            part = _Part(stream, first, last - first + 1)
            response = StreamingHttpResponse(part, status=206, content_type=content_type)
            response["Content-Length"] = part.left
            response["Content-Range"] = f"bytes {first}-{last}/{size}"
            # Keeps middleware from compressing the part, which would invalidate its range.
            response["Content-Encoding"] = "identity"
        response["Content-Disposition"] = disposition
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    response["Accept-Ranges"] = "bytes"
    # Whatever the file contains, it can't run or load anything in a browser.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _open(file) -> tuple[File, int]:
    """Open a stored file, and return it with its size."""
    try:
        with reading_storage(), ExitStack() as on_error:
            stream = on_error.enter_context(file.open("rb"))
            # Some storages only fetch a file when it's read, and then it's too late for an answer.
            stream.read(1)
            stream.seek(0)
            size = file.size
            # From now on, the response closes it.
            on_error.pop_all()
    except FileNotFoundError as error:
        raise Http404 from error
    return stream, size


def _requested_range(request, size: int, etag: str, modified: int) -> tuple[int | None, int]:
    """Return the first and last byte of the requested range.

    Returns ``(None, 0)`` for the whole file, also if several ranges or other units are requested,
    and a first byte after the last one for a range outside of the file.
    """
    whole = None, 0
    match = _RANGE.fullmatch(request.headers.get("Range", "").strip().lower())
    if request.method != "GET" or match is None:
        return whole
    condition = request.headers.get("If-Range", "").strip()
    if condition and condition != etag and parse_http_date_safe(condition) != modified:
        return whole
    start, end = match.groups()
    if not start and not end or start and end and int(start) > int(end):
        return whole
    if not start:
        # "bytes=-500" requests the last 500 bytes.
        return (max(size - int(end), 0), size - 1) if int(end) else (size, size - 1)
    return int(start), min(int(end), size - 1) if end else size - 1


class _Part:
    """Read ``left`` bytes of a stream from ``start``, in blocks."""

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
        """Close the file. Django calls this after the response or if the client disconnects."""
        self.stream.close()
