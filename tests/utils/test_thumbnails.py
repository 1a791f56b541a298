"""Thumbnails are correct, small, and safe to create."""

import io

import pytest
from PIL import Image

from tests.factories import picture
from wagtail_portal.utils import thumbnails

SIDEWAYS = 6


def opened(file):
    made = thumbnails.make(file)
    return made and Image.open(io.BytesIO(made))


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_every_format_supported_by_browsers(kind):
    small = opened(picture(f"a.{kind}", size=(1600, 800)))
    assert small.format == "WEBP"
    assert small.size == (480, 240)


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


def test_image_that_would_fill_the_memory_is_not_decoded():
    file = picture("a.png", size=(6000, 6000), mode="1")
    assert len(file.read()) < 100_000
    assert thumbnails.make(file) is None
    assert file.tell() == 0


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
    Image.new("RGB", (30, 30)).save(kept, "BMP")
    assert thumbnails.make(kept) is None
