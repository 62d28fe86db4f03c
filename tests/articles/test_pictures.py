"""Uploads become files in several sizes and formats, or are refused with a reason."""

import threading
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from PIL import Image, ImageCms

from articles.models import Picture
from articles.pictures import PictureError, discard, file_name, make_picture
from tests.articles.images import SVG, image_bytes, make_article_picture, png_claiming, upload
from tests.factories import make_article, make_person

FILES = {f"{width}.{ending}" for width in (400, 800) for ending in ("avif", "webp", "jpg")}


def stored(settings):
    """Paths of all files below the media folder."""
    root = Path(settings.MEDIA_ROOT)
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def content_of(picture, name):
    with default_storage.open(f"{picture.kind}/{picture.key}/{name}") as file:
        return file.read()


def opened(picture, name):
    return Image.open(BytesIO(content_of(picture, name)))


@pytest.mark.django_db
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_upload_becomes_files_in_every_size_and_format(settings, format):
    picture = make_picture(
        upload(format=format), kind="articles", alt=" Two curves ", credit="The trial group"
    )

    assert stored(settings) == {f"articles/{picture.key}/{name}" for name in FILES}
    assert (picture.alt, picture.credit) == ("Two curves", "The trial group")
    assert (picture.width, picture.height, picture.widths) == (900, 150, [400, 800])
    assert picture.formats == ["avif", "webp", "jpg"]
    for ending, encoded in {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}.items():
        image = opened(picture, f"400.{ending}")
        assert (image.format, image.size) == (encoded, (400, 67))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("width", "widths"), [(400, [400]), (799, [400]), (1600, [400, 800, 1600]), (2000, [400, 800, 1600])]
)
def test_files_are_never_wider_than_the_upload(width, widths):
    picture = make_picture(upload(size=(width, 250)), kind="articles", alt="A bar chart")

    assert picture.widths == widths


@pytest.mark.django_db
def test_portrait_may_be_narrower_than_the_narrowest_file():
    picture = make_picture(upload(size=(120, 150)), kind="people", alt="A portrait")

    assert picture.widths == [120]
    assert opened(picture, "120.webp").size == (120, 150)


@pytest.mark.django_db
def test_picture_is_turned_upright_and_loses_its_metadata():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "Ward 7, patient Doe"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    picture = make_picture(
        upload(size=(150, 900), format="JPEG", exif=exif, icc_profile=profile), kind="articles", alt="A ward"
    )

    assert (picture.width, picture.height) == (900, 150)
    for name in FILES:
        image = opened(picture, name)
        assert image.size[0] > image.size[1]
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp"} & set(image.info)
        assert b"Doe" not in content_of(picture, name)


@pytest.mark.django_db
def test_transparent_picture_stays_so_except_in_jpeg():
    picture = make_picture(upload(mode="RGBA", colour=(0, 0, 0, 0)), kind="articles", alt="A logo")

    assert opened(picture, "400.webp").getpixel((9, 9))[3] == 0
    assert opened(picture, "400.avif").getpixel((9, 9))[3] == 0
    assert opened(picture, "400.jpg").getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_colour_mode_becomes_a_picture(mode):
    format = "JPEG" if mode == "CMYK" else "PNG"
    colour = 32768 if mode == "I;16" else 0

    picture = make_picture(upload(mode=mode, format=format, colour=colour), kind="articles", alt="A scan")

    assert opened(picture, "800.jpg").mode == "RGB"


@pytest.mark.django_db
def test_deep_grey_keeps_its_brightness():
    picture = make_picture(upload(mode="I;16", colour=32768), kind="articles", alt="A scan")

    assert opened(picture, "800.jpg").getpixel((5, 5))[0] in range(124, 132)


@pytest.mark.django_db
def test_moving_picture_gives_its_first_frame():
    buffer = BytesIO()
    frames = [Image.new("RGB", (500, 400), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])

    picture = make_picture(upload(buffer.getvalue()), kind="articles", alt="A red field")

    red, _, blue = opened(picture, "400.jpg").getpixel((5, 5))
    assert red > 200
    assert blue < 60


JPEG = image_bytes(format="JPEG")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(SVG, "not a JPEG", id="SVG named png"),
        pytest.param(b"<html><script>alert(1)</script>", "not a JPEG", id="HTML named png"),
        pytest.param(b"", "not a JPEG", id="empty"),
        pytest.param(b"\0" * 5000, "not a JPEG", id="zeros"),
        pytest.param(image_bytes(format="TIFF"), "not a JPEG", id="TIFF"),
        pytest.param(image_bytes(format="BMP"), "not a JPEG", id="BMP"),
        pytest.param(b"%PDF-1.7\n" + JPEG, "not a JPEG", id="PDF before a JPEG"),
        pytest.param(JPEG[: len(JPEG) // 2], "damaged", id="truncated JPEG"),
        pytest.param(image_bytes()[:-60], "damaged", id="truncated PNG"),
        pytest.param(image_bytes(format="WEBP")[:-40], "damaged", id="truncated WebP"),
        pytest.param(png_claiming(8000, 5001), "40 million pixels", id="bomb above our limit"),
        pytest.param(png_claiming(12000, 9000), "40 million pixels", id="bomb above Pillow's first limit"),
        pytest.param(png_claiming(60000, 60000), "40 million pixels", id="bomb above Pillow's second limit"),
        pytest.param(png_claiming(900, 600), "damaged", id="too little data"),
        pytest.param(image_bytes((399, 300)), "399 pixels wide; it must be at least 400", id="narrow"),
        pytest.param(image_bytes((400, 4000)), "Crop", id="very tall"),
        pytest.param(b"\xff" * (15 * 1024 * 1024 + 1), "larger than 15 MB", id="16 MB"),
    ],
)
def test_upload_that_is_no_usable_picture_is_refused_and_leaves_nothing(settings, content, reason):
    with pytest.raises(PictureError, match=reason):
        make_picture(upload(content, name="x.png"), kind="articles", alt="A chart")

    assert not Picture.objects.exists()
    assert stored(settings) == set()


@pytest.mark.django_db
def test_bomb_is_refused_before_it_is_decoded(monkeypatch):
    decoded = []
    monkeypatch.setattr(Image.Image, "load", lambda self: decoded.append(self))

    with pytest.raises(PictureError, match="million pixels"):
        make_picture(upload(png_claiming(8000, 5001)), kind="articles", alt="A chart")

    assert decoded == []


@pytest.mark.django_db
def test_polyglot_upload_loses_what_is_not_picture():
    content = image_bytes(format="GIF") + b"<script>alert('polyglot')</script>"

    picture = make_picture(
        upload(content, name="x.html", content_type="text/html"), kind="articles", alt="A field"
    )

    for name in FILES:
        assert b"polyglot" not in content_of(picture, name)


@pytest.mark.django_db
@pytest.mark.parametrize("alt", ["", "   ", "a" * 301])
def test_picture_without_usable_alternative_text_is_refused(settings, alt):
    with pytest.raises(PictureError, match="Alternative text"):
        make_picture(upload(), kind="articles", alt=alt)

    assert stored(settings) == set()


@pytest.mark.django_db
def test_same_upload_gives_the_same_picture_with_the_newest_words(settings):
    first = make_picture(upload(), kind="articles", alt="Curves", credit="The trial group")
    files = stored(settings)

    second = make_picture(upload(name="copy.png"), kind="articles", alt="Two survival curves")

    assert second == first
    assert (second.alt, second.credit) == ("Two survival curves", "The trial group")
    assert stored(settings) == files


@pytest.mark.django_db
def test_same_upload_as_portrait_is_another_picture():
    first = make_picture(upload(), kind="articles", alt="Curves")

    second = make_picture(upload(), kind="people", alt="A portrait")

    assert second.key != first.key
    assert Picture.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_same_upload_twice_at_once_gives_one_picture(settings):
    start, keys = threading.Barrier(3), []

    def send():
        start.wait()
        keys.append(make_picture(upload(size=(500, 400)), kind="articles", alt="Curves").key)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 3
    assert len(set(keys)) == Picture.objects.count() == 1
    assert stored(settings) == {f"articles/{keys[0]}/400.{ending}" for ending in ("avif", "webp", "jpg")}


@pytest.mark.django_db
def test_failing_storage_leaves_neither_row_nor_file(settings, monkeypatch):
    save = default_storage.save

    def full_after_two(name, content):
        if len(stored(settings)) == 2:
            raise OSError("no space left")
        return save(name, content)

    monkeypatch.setattr(default_storage, "save", full_after_two, raising=False)

    with pytest.raises(PictureError, match="could not be stored"):
        make_article_picture()

    assert not Picture.objects.exists()
    assert stored(settings) == set()


@pytest.mark.django_db
def test_files_of_a_rolled_back_upload_are_replaced_by_the_next(settings):
    with transaction.atomic():
        lost = make_article_picture()
        Path(settings.MEDIA_ROOT, file_name(lost, 400, "jpg")).write_bytes(b"half")
        transaction.set_rollback(True)

    picture = make_article_picture()

    assert stored(settings) == {f"articles/{picture.key}/{name}" for name in FILES}
    assert opened(picture, "400.jpg").size == (400, 67)


@pytest.mark.django_db
def test_discarded_picture_takes_its_files_along(settings, django_capture_on_commit_callbacks):
    picture = make_article_picture()

    with django_capture_on_commit_callbacks(execute=True):
        discard(picture)

    assert not Picture.objects.exists()
    assert stored(settings) == set()


@pytest.mark.django_db
def test_picture_in_use_is_not_discarded(settings):
    hero, photo, shown = (
        make_article_picture("red"),
        make_article_picture("blue"),
        make_article_picture("green"),
    )
    make_article(
        hero=hero, body=f"Text [@first; @second].\n\n![Curves](/media/articles/{shown.key}/800.jpg)\n"
    )
    make_person(photo=photo)

    for picture, error in [(hero, ProtectedError), (photo, ProtectedError), (shown, PictureError)]:
        with pytest.raises(error):
            discard(picture)

    assert Picture.objects.count() == 3
    assert len(stored(settings)) == 18


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [("picture_has_alternative_text", {"alt": ""}), ("picture_has_an_area", {"width": 0})],
)
def test_database_refuses_impossible_picture(constraint, wrong):
    values = {
        "alt": "A",
        "width": 400,
        "height": 300,
        "widths": [400],
        "formats": ["jpg"],
        "source_hash": "0",
    }

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Picture.objects.create(**(values | wrong))
