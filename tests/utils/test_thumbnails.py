"""Thumbnails are correct, small, and safe to create."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from tests.factories import picture
from wagtail_portal.utils import thumbnails

SIDEWAYS = 6


def opened(file):
    made = thumbnails.draw(file.read())
    return made and Image.open(io.BytesIO(made))


def progressive(scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated until there are so many."""
    content = picture("a.jpg", size=(600, 400), progressive=True).read()
    last = content.rindex(b"\xff\xda")
    scan = content[last:-2]
    return content[:-2] + scan * (scans - content.count(b"\xff\xda")) + content[-2:]


def webp_header(width: int, height: int, flags: int = 0) -> bytes:
    """The beginning of a WebP; nothing has to be decoded to see its size."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X\x0a\x00\x00\x00" + bytes([flags, 0, 0, 0]) + size
    return b"RIFF\x00\x04\x00\x00WEBP" + chunk + bytes(1000)


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
def test_formats_of_browsers_and_scanners(kind):
    small = opened(picture(f"a.{kind}", size=(1600, 800)))
    assert small.format == "WEBP"
    assert small.size == (480, 240)


def test_photos_of_telephones():
    pytest.importorskip("pillow_heif").register_heif_opener()
    # In the process with its limits of memory and time.
    made = thumbnails.make(picture("a.heic", size=(4032, 3024)))
    assert Image.open(io.BytesIO(made)).size == (480, 360)


def test_only_the_first_page_of_a_fax_is_read():
    pages = [Image.new("1", (1700, 2200), color) for color in (0, 1)]
    kept = io.BytesIO()
    pages[0].save(kept, "TIFF", compression="group4", save_all=True, append_images=pages[1:])
    kept.seek(0)
    small = opened(kept)
    assert small.size == (278, 360)
    assert small.convert("L").getextrema() == (0, 0)


def test_small_image_is_not_enlarged():
    assert opened(picture(size=(20, 10))).size == (20, 10)


def test_photos_are_upright_and_contain_no_metadata():
    exif = Image.Exif()
    exif[0x0112] = SIDEWAYS
    exif[0x010F] = "Telephone"
    small = opened(picture("a.jpg", size=(1600, 800), exif=exif))
    assert small.size == (240, 480)
    assert not small.getexif()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_colour_mode(mode):
    name = "a.jpg" if mode == "CMYK" else "a.png"
    small = opened(picture(name, mode=mode))
    assert ("A" in small.getbands()) == (mode in ("RGBA", "LA"))


def test_transparency_of_a_palette_is_kept():
    assert "A" in opened(picture("a.gif", mode="P", transparency=0)).getbands()


def test_a_process_of_its_own_makes_it():
    file = picture("a.png", size=(1600, 800))
    made = thumbnails.make(file)
    assert Image.open(io.BytesIO(made)).size == (480, 240)
    assert file.tell() == 0


def test_image_that_would_fill_the_memory_is_not_decoded():
    file = picture("a.png", size=(6000, 6000), mode="1")
    assert len(file.read()) < 100_000
    assert thumbnails.make(file) is None
    assert file.tell() == 0


def test_a_jpeg_of_many_scans_is_not_read():
    assert thumbnails.draw(progressive(12)) is not None
    assert thumbnails.make(io.BytesIO(progressive(2000))) is None


def test_a_large_jpeg_is_read_if_it_has_one_scan():
    small = picture("a.jpg", size=(600, 400)).read()
    assert thumbnails.may_be_decoded(small) == thumbnails.MAX_PIXELS_ONE_SCAN
    assert thumbnails.may_be_decoded(progressive(12)) == thumbnails.MAX_PIXELS
    assert thumbnails.may_be_decoded(progressive(thumbnails.MAX_SCANS + 1)) is None


def test_thumbnail_of_a_camera_within_the_jpeg_is_no_scan():
    inner = picture("b.jpg", size=(60, 40)).read()
    outer = picture("a.jpg", size=(600, 400)).read()
    segment = b"\xff\xe2" + (len(inner) + 2).to_bytes(2) + inner
    assert thumbnails.may_be_decoded(outer[:2] + segment + outer[2:]) == (
        thumbnails.MAX_PIXELS_ONE_SCAN
    )


@pytest.mark.parametrize(
    ("content", "is_read"),
    [
        (webp_header(3000, 2000), True),
        (webp_header(5400, 5400), False),
        (webp_header(100, 100, flags=2), False),
    ],
)
def test_a_webp_is_not_even_opened_if_it_is_large_or_moves(content, is_read):
    assert (thumbnails.may_be_decoded(content) is not None) == is_read


@pytest.mark.parametrize("lossless", [True, False])
def test_size_of_a_webp_is_in_its_header(lossless):
    content = picture("a.webp", size=(123, 45), lossless=lossless).read()
    assert thumbnails._webp_header(content) == (123, 45, False)
    assert thumbnails._webp_header(picture("a.webp", size=(12, 7), mode="RGBA").read())[:2] == (
        12,
        7,
    )


def test_memory_of_the_process_is_limited():
    script = (
        "from wagtail_portal.utils.thumbnails import _limit_process as f; f(); bytes(600 << 20)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert b"MemoryError" in done.stderr


def test_time_of_the_process_is_limited():
    script = (
        "from wagtail_portal.utils import thumbnails as t; t.MAX_SECONDS = 1; t._limit_process()\n"
        "while True: pass"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode < 0


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"x",
            b"GIF89a",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF....WEBPVP8 ",
            b"%!PS-Adobe-3.0 EPSF-3.0",
        ),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"8BPS\x00\x01" + b"\x00" * 30,
    ],
)
def test_invalid_image_has_no_thumbnail(content):
    file = io.BytesIO(content)
    assert thumbnails.make(file) is None
    assert file.tell() == 0


def test_truncated_image_has_no_thumbnail():
    whole = picture("a.jpg", size=(900, 900)).read()
    assert thumbnails.make(io.BytesIO(whole[: len(whole) // 2])) is None


def test_other_formats_are_not_decoded_whatever_their_name():
    kept = io.BytesIO()
    Image.new("RGB", (30, 30)).save(kept, "PCX")
    assert thumbnails.make(kept) is None
