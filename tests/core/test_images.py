"""Pictures: what comes out is drawn anew, and what is hostile does not come in."""

import struct
import time
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from apps.core.errors import Invalid
from apps.core.images import FORMATS, MOST_BYTES, square


def picture(
    size: tuple[int, int] = (40, 20), kind: str = "PNG", mode: str = "RGB", **options: object
) -> bytes:
    drawn = BytesIO()
    Image.new(mode, size, "red").save(drawn, kind, **options)  # type: ignore[arg-type]
    return drawn.getvalue()


def result(content: bytes) -> Image.Image:
    drawn = Image.open(BytesIO(square(content)))
    drawn.load()
    return drawn


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that claims many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_pictures_become_square_webp(kind: str) -> None:
    drawn = result(picture((40, 20), kind))

    assert (drawn.format, drawn.size) == ("WEBP", (40, 40))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_any_kind_of_pixels_is_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    drawn = BytesIO()
    Image.new(mode, (8, 8)).save(drawn, kind)

    assert result(drawn.getvalue()).size == (8, 8)


def test_large_ones_are_made_smaller() -> None:
    assert result(picture((3000, 1000))).size == (512, 512)


def test_a_thin_line_is_no_mistake() -> None:
    assert result(picture((5000, 1))).size == (512, 512)


def test_nothing_of_the_original_stays() -> None:
    exif = Image.Exif()
    exif[0x010E] = "shot at home"
    sent = picture((20, 20), "JPEG", exif=exif, comment=b"<?php system('id') ?>")
    sent += b"<script>alert(1)</script>PK\x03\x04"

    drawn = square(sent)

    for secret in (b"shot at home", b"php", b"script", b"PK\x03\x04", b"Exif"):
        assert secret not in drawn


def test_a_turned_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    half = Image.new("RGB", (20, 20), "white")
    half.paste("black", (0, 0, 10, 20))
    sent = BytesIO()
    half.save(sent, "PNG", exif=exif)

    pixels = result(sent.getvalue()).convert("L")

    assert pixels.getpixel((10, 2)) < 60  # type: ignore[operator]
    assert pixels.getpixel((10, 17)) > 200  # type: ignore[operator]


def oddly_noted() -> bytes:
    """Return a turned picture whose notes give its resolution as a text."""
    notes = struct.pack(">HHHIHH", 2, 0x0112, 3, 1, 6, 0) + struct.pack(">HHI4sI", 0x011A, 2, 4, b"abc\0", 0)
    return picture((8, 8), "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08" + notes)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        oddly_noted(),
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        picture((200, 200), "PNG")[:200],
        picture((200, 200), "JPEG")[:300],
        picture((200, 200), "WEBP")[:60],
        picture((50, 50), "BMP"),
        picture((50, 50), "TIFF"),
        picture((50, 50), "ICO"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"%PDF-1.7\n",
    ],
    ids=lambda content: repr(content[:24]),
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        square(content)


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (25_001, 1_000), (2**31 - 1, 1)])
def test_a_claim_of_too_many_pixels_is_refused_at_once(width: int, height: int) -> None:
    with pytest.raises(Invalid):
        square(huge_png(width, height))


def test_a_jpeg_of_endless_scans_is_refused_at_once() -> None:
    jpeg = picture((5000, 5000), "JPEG", progressive=True)[:-2]
    scan = min(jpeg.split(b"\xff\xda")[1:], key=len)  # forty bytes that have all pixels gone through again

    began = time.process_time()
    with pytest.raises(Invalid):
        square(jpeg + (b"\xff\xda" + scan) * 2000 + b"\xff\xd9")
    assert time.process_time() - began < 1  # and not nine


@given(
    kind=st.sampled_from(FORMATS),
    changes=st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=8)), min_size=1, max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_a_broken_picture_is_drawn_or_refused(kind: str, changes: list[tuple[int, bytes]]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = bytearray(picture((20, 20), kind, **({} if kind == "GIF" else {"exif": exif})))
    for at, put in changes:
        content[at : at + len(put)] = put

    with suppress(Invalid):
        assert square(bytes(content))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(Invalid, match="another look"):
        square(b"x" * (MOST_BYTES + 1))
