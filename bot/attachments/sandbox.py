"""Opens one file that a customer sent, in a process that has nothing to lose: no secrets, little memory, little time.

`looking` runs this file by its path; nothing of the product is imported here. `picture SOURCE TARGET` draws a picture
anew and says its type; `pdf SOURCE TARGET` writes a PDF's text. The exit code is 1 where the file cannot be read.
"""

from __future__ import annotations

import importlib
import io
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image as Pillow

_MEMORY = 1536 * 1024 * 1024
_CPU_SECONDS = 20
_LARGEST_OUTPUT = 256 * 1024 * 1024
# More pixels than a phone's sensor gives as a picture; a small file can claim a hundred times as many.
_MOST_PIXELS = 64_000_000
# Drawn smaller above this: a page of small print stays legible at a third of it.
_KEPT_PIXELS = 25_000_000
# Several pictures in one JPEG ("MPO") are opened as a JPEG.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
# High enough, and without thinned-out colours, that small red print on a receipt stays legible.
_JPEG_QUALITY = 90
_PDF_PAGES = 20
_PDF_TEXT = 20_000


class NotReadable(Exception):
    """The file is broken, or opening it would take more than a picture is worth."""


def picture(source: str, target: str) -> str:
    """Draws the first frame anew, upright, with nothing but its pixels; gives the type that it was kept as."""
    from pi_heif import register_heif_opener
    from PIL import Image, ImageOps

    # A format is known once its module is loaded; this one is not among those that Pillow loads by itself.
    importlib.import_module("PIL.WebPImagePlugin")
    Image.MAX_IMAGE_PIXELS = None  # counted below, by what decoding really takes
    register_heif_opener(thumbnails=False)
    with Image.open(source, formats=_FORMATS) as opened:
        # A JPEG's decoder can leave pixels out by itself, so that a huge one takes no more memory than a large one.
        if opened.format in {"JPEG", "MPO"}:
            opened.draft(None, _smaller(opened.size))
        if opened.width * opened.height > _MOST_PIXELS:
            raise NotReadable("too many pixels")
        opened.load()
        drawn = _plain_colours(opened)
        # Only what cannot be seen in it keeps a drawing or a screenshot from being a JPEG.
        as_png = opened.format in {"PNG", "GIF"} or "A" in drawn.mode
    drawn.thumbnail(_smaller(drawn.size), reducing_gap=3.0)
    drawn = ImageOps.exif_transpose(drawn)
    drawn.info.clear()
    if as_png:
        drawn.save(target, "PNG")
        return "image/png"
    drawn.save(target, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return "image/jpeg"


def _smaller(size: tuple[int, int]) -> tuple[int, int]:
    """`size`, or one of the same shape with as many pixels as are kept."""
    width, height = size
    factor = min(1.0, (_KEPT_PIXELS / max(1, width * height)) ** 0.5)
    return max(1, int(width * factor)), max(1, int(height * factor))


def _plain_colours(image: Pillow.Image) -> Pillow.Image:
    """The picture in grey or in the colours that every screen shows, whatever it was made in."""
    from PIL import ImageCms

    if image.mode.startswith("I;16") or image.mode == "I":
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    profile = image.info.get("icc_profile")
    transparent = "A" in image.mode or "transparency" in image.info
    wanted = "RGBA" if transparent else ("L" if image.mode in {"1", "L"} else "RGB")
    if profile and image.mode in {"RGB", "RGBA", "CMYK"}:
        try:
            inside = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            shown = ImageCms.profileToProfile(image, inside, ImageCms.createProfile("sRGB"), outputMode=wanted)
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            # A broken profile is a picture whose colours are a little off, no reason to send it again.
            shown = None
        if shown is not None:
            return shown
    return image.convert(wanted)


def pdf(source: str, target: str) -> str:
    """Writes the text of the first pages, page by page, so that a late page does not cost the first ones."""
    from pypdf import PdfReader

    left = _PDF_TEXT
    with open(target, "w", encoding="utf-8", errors="replace") as out:
        for page in PdfReader(source).pages[:_PDF_PAGES]:
            text = re.sub(r"\s+", " ", page.extract_text())[:left] + " "
            out.write(text)
            out.flush()
            left -= len(text)
            if left <= 0:
                break
    return "text/plain"


def _limit() -> None:
    """What this process may take; systems that know no such limit keep the parent's limit of time."""
    import os
    import resource

    os.umask(0o077)
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _LARGEST_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError) as error:
            sys.stderr.write(f"no limit {what}: {error}\n")


def main(arguments: list[str]) -> int:
    """Does the one task that the command line names."""
    task, source, target = arguments
    _limit()
    try:
        mime = {"picture": picture, "pdf": pdf}[task](source, target)
    except Exception as error:
        # Whatever a library stumbles over, the file is one that it cannot read; the name of the error is for our log.
        sys.stdout.write(type(error).__name__)
        return 1
    sys.stdout.write(mime)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
