"""Picture files made on the spot."""

import struct
import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles.pictures import make_picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def image_bytes(size=(900, 150), format="PNG", mode="RGB", colour="teal", **options):
    buffer = BytesIO()
    Image.new(mode, size, colour).save(buffer, format, **options)
    return buffer.getvalue()


def upload(content=None, name="picture.png", content_type="image/png", **options):
    """An uploaded file; what it claims to be is up to the caller."""
    return SimpleUploadedFile(name, image_bytes(**options) if content is None else content, content_type)


def make_article_picture(colour="teal", **fields):
    return make_picture(upload(colour=colour), **({"kind": "articles", "alt": "Two curves"} | fields))


def make_portrait(colour="olive", **fields):
    return make_picture(upload(colour=colour), **({"kind": "people", "alt": "A portrait"} | fields))


def png_claiming(width, height):
    """The head of a PNG of any size, with almost no data: a decompression bomb."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )
