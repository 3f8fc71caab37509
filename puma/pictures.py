"""Pictures that people hand in: read within limits, made small, and written anew without anything hidden in them."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from puma.errors import WrongUsage

FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST = 8_000_000  # bytes that are read
MOST_PIXELS = 40_000_000
WIDEST, HIGHEST = 1200, 800
QUALITY = 82


def small_picture(handed_in: bytes) -> bytes:
    """A JPEG of at most 1,200 x 800 pixels, upright, on white, without place, camera and all else that a file tells.

    Raises WrongUsage for what is too large, or no picture in one of the formats.
    """
    if len(handed_in) > LARGEST:
        raise WrongUsage(f"A picture has at most {LARGEST // 1_000_000} MB; this file has {len(handed_in):,} bytes.")
    try:
        with Image.open(BytesIO(handed_in), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise WrongUsage(f"A picture has at most {MOST_PIXELS // 1_000_000} million points; this one has more.")
            picture.draft("RGB", (WIDEST, HIGHEST))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise WrongUsage("This file is no picture that can be read: hand in a JPEG, PNG or WebP file.") from error
    upright.thumbnail((WIDEST, HIGHEST))
    white = Image.new("RGB", upright.size, "white")
    white.paste(upright, mask=upright.getchannel("A"))
    written = BytesIO()
    white.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return written.getvalue()
