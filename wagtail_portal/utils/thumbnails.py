"""Small pictures of uploaded ones, made once, when these come in.

What is uploaded is hostile until proven otherwise: only the formats that browsers show are read,
nothing is decoded that would need much memory, and whatever goes wrong, there is simply no small
picture. No place, time or camera of the original is kept in it.
"""

import io

from PIL import Image, ImageOps

#: The formats that may be read, of those that this installation can.
FORMATS = ("AVIF", "GIF", "JPEG", "PNG", "WEBP")
#: Larger ones are not read: a small file can hold a picture that fills the memory. A JPEG needs
#: less of it, and comes large from a telephone.
MAX_PIXELS = 30_000_000
MAX_PIXELS_JPEG = 50_000_000
#: Twice what is shown, for sharp screens.
SIZE = (480, 360)
CONTENT_TYPE = "image/webp"


def make(file) -> bytes | None:
    """A small WebP of the picture in ``file``, the right way up; None when there is none to be
    had. The file is read from its beginning, and left there."""
    try:
        file.seek(0)
        return _make(file)
    except Exception:
        # Broken files make the library raise nearly everything that there is.
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
