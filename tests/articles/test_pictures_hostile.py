"""Files made to cost more than they weigh, or to be two things at once."""

import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from PIL import Image

from articles.models import Picture
from articles.pictures import PictureError, make_picture, read_picture
from tests.articles.images import image_bytes, png_claiming, upload

BOMB = zlib.compress(b"\0" * 200_000_000, 9)  # 200 kB

GIF_OF_A_LYING_SIZE = (
    b"GIF89a" + b"\xff" * 4 + b"\0" * 3 + b"," + b"\0" * 4 + b"\xff" * 4 + b"\0\x08\x01\0\0;"
)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(extra):
    """A PNG of 900 by 150 pixels with one more chunk after its head."""
    plain = image_bytes()
    return plain[:33] + extra + plain[33:]


def png_inflating():
    """A PNG that says 900 by 600, and holds data for 200 megabytes of it."""
    header = struct.pack(">IIBBBBB", 900, 600, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", BOMB) + chunk(b"IEND", b"")


def jpeg_of_many_scans(count):
    """A progressive JPEG whose last scan is repeated."""
    plain = image_bytes((900, 600), "JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + plain[last:-2] * count + plain[-2:]


def moving(frames):
    buffer = BytesIO()
    pictures = [Image.new("RGB", (500, 400), (number, 0, 0)) for number in range(frames)]
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:])
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(png_with(chunk(b"zTXt", b"a\0\0" + BOMB)), "damaged", id="text that inflates"),
        pytest.param(png_with(chunk(b"iCCP", b"a\0\0" + BOMB)), "damaged", id="profile that inflates"),
        pytest.param(png_claiming(20_000, 20_000), "40 million pixels", id="20,000 pixels square"),
        pytest.param(jpeg_of_many_scans(150), "more than 100 passes", id="JPEG of many scans"),
        pytest.param(b"PK\x03\x04" + image_bytes(), "not a JPEG", id="archive before a PNG"),
        pytest.param(
            b"RIFF\xff\xff\xff\x7fWEBPVP8 " + b"\0" * 50, "not a JPEG|damaged", id="WebP of a lying length"
        ),
        pytest.param(GIF_OF_A_LYING_SIZE, "40 million pixels|damaged", id="GIF of a lying size"),
    ],
)
def test_a_file_made_to_harm_is_refused(content, reason):
    with pytest.raises(PictureError, match=reason):
        read_picture(upload(content, name="x.png"), kind="articles")


def test_a_picture_with_too_much_data_is_read_no_further_than_it_says():
    try:
        source = read_picture(upload(png_inflating()), kind="articles")
    except PictureError:
        return

    assert source.image.size == (900, 600)


def test_of_a_long_film_one_frame_is_kept():
    assert read_picture(upload(moving(200)), kind="articles").image.size == (500, 400)


def test_a_jpeg_of_some_scans_is_taken():
    assert read_picture(upload(jpeg_of_many_scans(20)), kind="articles").image.size == (900, 600)


@pytest.mark.django_db
def test_an_archive_behind_a_picture_is_left_behind(settings):
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.html", "<script>alert('polyglot')</script>")
    comment = b"\xff\xfe" + struct.pack(">H", 34) + b"<script>alert('comment')</script>"[:32]
    plain = image_bytes((900, 600), "JPEG")

    picture = make_picture(
        upload(plain[:2] + comment + plain[2:] + archive.getvalue()), kind="articles", alt="A field"
    )

    kept = [path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert len(kept) == len(picture.widths) * len(picture.formats)
    assert not any(b"<script" in octets or b"index.html" in octets for octets in kept)
    assert Picture.objects.get() == picture
