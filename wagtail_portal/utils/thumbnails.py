"""Small versions of uploaded images, made once, when they arrive.

Uploads are hostile until proven otherwise: only formats that browsers show are read, nothing is
decoded that would need much memory, and if anything goes wrong there is no small version. It holds
no place, time or camera of the original.
"""

import io

from PIL import Image, ImageOps

#: The formats that may be read.
FORMATS = ("AVIF", "GIF", "JPEG", "PNG", "WEBP")
#: Larger images aren't read: a small file can hold an image that fills the memory. A JPEG needs
#: less of it, and phones make large ones.
MAX_PIXELS = 30_000_000
MAX_PIXELS_JPEG = 50_000_000
#: Twice the displayed size, for high-density screens.
SIZE = (480, 360)
CONTENT_TYPE = "image/webp"


def make(file) -> bytes | None:
    """Return a small WebP of the picture in ``file``, the right way up; None when there is none to
    be had. The file is read from its beginning, and left there."""
    try:
        file.seek(0)
        return _make(file)
    except Exception:
        # The library raises nearly any exception for broken files.
        return None
    finally:
        file.seek(0)


def _make(file) -> bytes | None:
    Image.init()
    known = [name for name in FORMATS if name in Image.OPEN]
    with Image.open(file, formats=known) as picture:
        limit = MAX_PIXELS_JPEG if picture.format == "JPEG" else MAX_PIXELS
        if picture.width * picture.height > limit:
            return None
        has_alpha = "A" in picture.getbands() or "transparency" in picture.info
        mode = "RGBA" if has_alpha else "RGB"
        # A JPEG is decoded in a reduced size at once.
        picture.draft(mode, (SIZE[0] * 2, SIZE[1] * 2))
        small = picture.convert(mode)
        small.thumbnail(SIZE)
        small = ImageOps.exif_transpose(small)
        kept = io.BytesIO()
        small.save(kept, "WEBP", quality=80)
        return kept.getvalue()
