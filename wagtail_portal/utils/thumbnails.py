"""Thumbnails of uploaded images, made in a process of their own.

Uploads are hostile until proven otherwise: a file of a kilobyte can hold an image that fills the
memory, or keeps a processor busy for a minute. So only the formats of browsers, telephones and
scanners are read, what an image takes is estimated from its headers, and the process that decodes
it has a limit of memory and time. If anything goes wrong, there is no thumbnail. It holds no place,
time or camera of the original.

Run as a script, this reads an image from the standard input and writes its thumbnail. It imports
nothing of Django.
"""

import io
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageOps

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

try:
    # Wagtail installs it, but can do without.
    import pillow_heif
except ImportError:
    pillow_heif = None  # type: ignore[assignment]

#: The formats that may be read.
FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "PNG", "TIFF", "WEBP")
#: Larger images aren't read. Phones make large JPEGs, which need little memory if they are stored
#: in one scan, because they're decoded in a reduced size.
MAX_PIXELS = 16_000_000
MAX_PIXELS_ONE_SCAN = 50_000_000
#: Scans of a JPEG: each goes through the whole image. Programs write about ten.
MAX_SCANS = 20
#: Memory of the process, in bytes, and its time, in seconds.
MAX_MEMORY = 512 * 1024 * 1024
MAX_SECONDS = 5
#: Twice the displayed size, for high-density screens.
SIZE = (480, 360)
CONTENT_TYPE = "image/webp"

#: The next segment behind a scan of a JPEG: neither an escaped byte nor a mark to restart at.
_SEGMENT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


def make(file) -> bytes | None:
    """Return a small WebP of the image in ``file``, the right way up; None if there's none to be
    had. The file is read from its beginning, and left there. Not for use within a request."""
    file.seek(0)
    content = file.read()
    file.seek(0)
    if may_be_decoded(content) is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - nothing of it was typed by anyone
            [_python(), "-P", __file__],
            input=content,
            capture_output=True,
            # The operating system counts processor time; this is for one that sleeps.
            timeout=2 * MAX_SECONDS,
            env=_environment(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout or None if done.returncode == 0 else None


def _environment() -> dict[str, str]:
    """Return what the process needs to start, and none of the site's secrets."""
    needed = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT")
    # More than one arena for memory would count as memory that's used.
    return {name: os.environ[name] for name in needed if name in os.environ} | {
        "MALLOC_ARENA_MAX": "1"
    }


def _python() -> str:
    """Return the path of Python, also within a server that embeds it."""
    if Path(sys.executable or "").name.startswith("python"):
        return sys.executable
    return str(Path(sys.prefix) / "bin" / "python")


def may_be_decoded(content: bytes) -> int | None:
    """Return how many pixels an image with these bytes may have; None if it must not be decoded.

    Only the headers are read.
    """
    if content.startswith(b"\xff\xd8\xff"):
        scans = _scans(content)
        if scans == 1:
            return MAX_PIXELS_ONE_SCAN
        return MAX_PIXELS if scans <= MAX_SCANS else None
    if content[:4] == b"RIFF":
        # The library makes room for a WebP, twice if it moves, as soon as it's opened.
        width, height, is_animated = _webp_header(content)
        return None if is_animated or width * height > MAX_PIXELS else MAX_PIXELS
    return MAX_PIXELS


def _scans(content: bytes) -> int:
    """Return the number of a JPEG's scans."""
    scans, position = 0, 2
    while found := _SEGMENT.search(content, position):
        kind, position = content[found.start() + 1], found.end()
        if kind == _END_OF_IMAGE:
            break
        # A thumbnail of the camera lies within a segment, and is passed over with it.
        position += max(int.from_bytes(content[position : position + 2]), 2)
        scans += kind == _START_OF_SCAN
    return scans


def _webp_header(content: bytes) -> tuple[int, int, bool]:
    """Return width, height and whether it's animated; zeros for what is no WebP."""

    def number(start: int, length: int) -> int:
        return int.from_bytes(content[start : start + length], "little")

    match content[12:16]:
        case b"VP8X":
            return number(24, 3) + 1, number(27, 3) + 1, bool(number(20, 1) & 2)
        case b"VP8L":
            size = number(21, 4)
            return (size & 0x3FFF) + 1, (size >> 14 & 0x3FFF) + 1, False
        case b"VP8 ":
            return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF, False
    return 0, 0, False


def draw(content: bytes) -> bytes | None:
    """Return a thumbnail of the image with these bytes, in this process; None if it's too large.

    The library raises nearly any exception for broken files.
    """
    max_pixels = may_be_decoded(content)
    if max_pixels is None:
        return None
    Image.init()
    if avif := sys.modules.get("PIL.AvifImagePlugin"):
        # Each thread would count as memory that's used.
        setattr(avif, "DEFAULT_MAX_THREADS", 1)  # noqa: B010 - the module has no types
    if pillow_heif:
        pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False)
    known = [name for name in FORMATS if name in Image.OPEN]
    with Image.open(io.BytesIO(content), formats=known) as image:
        if image.width * image.height > max_pixels:
            return None
        if image.format == "AVIF" and getattr(image, "is_animated", False):
            return None
        has_alpha = "A" in image.getbands() or "transparency" in image.info
        mode = "RGBA" if has_alpha else "RGB"
        # A JPEG is decoded in a reduced size at once.
        image.draft(mode, (SIZE[0] * 2, SIZE[1] * 2))
        small = image.convert(mode)
        small.thumbnail(SIZE)
        small = ImageOps.exif_transpose(small)
        saved = io.BytesIO()
        small.save(saved, "WEBP", quality=80)
        return saved.getvalue()


def _limit_process() -> None:
    """Limit this process's memory and time, where the operating system does that."""
    if resource is None:
        return
    for kind, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        # Not every system has each limit, and there may be a lower one already.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    _limit_process()
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read()) or b"")
