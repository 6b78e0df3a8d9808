"""Files as customers send them, made here: pictures with a place in them, PDFs, archives, and what pretends."""

import base64
import io
import struct
import zipfile
import zlib

from PIL import Image

# A phone's picture of 64 x 48 pixels, blue in its upper left corner, taken in New Delhi by a "TestPhone". Nothing that
# is installed here can write this format.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAA"
    "AERAAAIAAQAAAAAB4gABAAAAAAAAAFoAAgAAAAACPAABAAAAAAAAAKAAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZl"
    "AgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH/"
    "/wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29s"
    "cm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAA"
    "AwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAABAm1kYXQAAABWKAGvCeAjNS3/9Zv7337n/9As"
    "R07u/UoVsF0v8uBb9+htffpJrwi3H/4/I7/y6Au/whEliJfPvW9EsL5fozOzjyXW734QqN0HQUXdroK4IvGRLWt5R4AAAAAGRXhpZgAATU0AKgAA"
    "AAgAAgEPAAIAAAAKAAAAJoglAAQAAAABAAAAMAAAAABUZXN0UGhvbmUAAAQAAQACAAAAAk4AAAAAAgAFAAAAAwAAAGYAAwACAAAAAkUAAAAABAAF"
    "AAAAAwAAAH4AAAAAAAAAHAAAAAEAAAAkAAAAAQAAADIAAAABAAAATQAAAAEAAAAMAAAAAQAAACAAAAAB"
)
_GPS, _ORIENTATION, _MAKE = 0x8825, 0x0112, 0x010F
_TURNED_RIGHT = 6


def scene(width: int = 64, height: int = 48) -> Image.Image:
    """A red picture, blue in its upper left corner."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, width // 2, height // 2))
    return image


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **how)  # type: ignore[arg-type]
    return out.getvalue()


def place(*, turned: bool = False) -> Image.Exif:
    """What a phone writes into a picture: where it was, which phone, and how it was held."""
    exif = Image.Exif()
    exif[_MAKE] = "TestPhone"
    exif.get_ifd(_GPS).update({1: "N", 2: (28.0, 36.0, 50.0), 3: "E", 4: (77.0, 12.0, 32.0)})
    if turned:
        exif[_ORIENTATION] = _TURNED_RIGHT
    return exif


JPEG = encoded(scene(), "JPEG")
PNG = encoded(scene(), "PNG")


def photo(number: int) -> bytes:
    """A photo that differs from that of every other number."""
    image = scene()
    image.paste((number * 40 % 256, 250, 250), (40, 30, 64, 48))
    return encoded(image, "JPEG")


def claimed_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large; its pixels are all missing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def pdf(text: str) -> bytes:
    """A PDF of one page that says `text`."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = io.BytesIO(b""), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in places))
    out.write(b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def archive() -> bytes:
    """A ZIP with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.txt", "x")
    return out.getvalue()
