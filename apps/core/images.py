"""Pictures that people upload. What we keep is never what was sent: it is drawn anew from its pixels."""

from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from apps.core.errors import Invalid

#: Formats of pixels only. SVG is a document that runs scripts.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_BYTES = 5_000_000
MOST_PIXELS = 25_000_000
MOST_SCANS = 200  # of a JPEG. A real one has ten; each is a pass over all pixels, and takes forty bytes
SIDE = 512  # pixels


def square(content: bytes) -> bytes:
    """Return a picture as a square WebP of at most 512 pixels, centred, with nothing of the original but what is seen.

    :raises Invalid: with the field `image`, if it is too large, broken, or no PNG, JPEG, WebP or GIF
    """
    if len(content) > MOST_BYTES:
        raise _refusal(_("Choose a picture of at most 5 MB."))
    try:
        picture = _pixels(content)
    except Invalid:
        raise
    except Exception as error:  # a decoder raises whatever a broken file makes it stumble over
        raise _refusal(_("This is no picture that we can read. Choose a PNG, JPEG, WebP or GIF.")) from error
    picture.thumbnail((SIDE, SIDE))
    side = max(picture.size)
    canvas = Image.new("RGBA", (side, side))
    canvas.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    drawn = BytesIO()
    canvas.save(drawn, "WEBP", quality=90, method=4)
    return drawn.getvalue()


def _pixels(content: bytes) -> Image.Image:
    """Return the first frame, upright."""
    with Image.open(BytesIO(content), formats=FORMATS) as picture:
        # The header says how large it is: a few bytes can claim gigabytes of pixels.
        if picture.width * picture.height > MOST_PIXELS:
            raise _refusal(_("This picture has too many pixels. Choose one of at most 5000 × 5000."))
        if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MOST_SCANS:
            raise ValueError("a JPEG of too many scans")
        picture.load()
        return ImageOps.exif_transpose(picture).convert("RGBA")


def _refusal(message: str) -> Invalid:
    return Invalid(fields={"image": [message]})
