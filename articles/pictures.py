"""Uploaded pictures: check what was sent, make the files that browsers choose from, keep the row that owns them.

A picture's key is made from its kind and the SHA-256 of the upload. So the same upload meets the same row, also
when two people send it at once, and files left by a failed attempt are replaced by the next one.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from .models import Picture

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 40_000_000  # decoded, four bytes each: 160 MB
TOO_MANY_PIXELS = f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels. Save a smaller copy."
MAX_SCANS = (
    100  # of a JPEG, whose every scan costs as much as all its pixels; cameras and programs write about ten
)
MAX_RATIO = 8  # of the longer to the shorter side; keeps 1600 px wide files below WebP's 16,383 px
MIN_WIDTH = {Picture.Kind.ARTICLE: 400, Picture.Kind.PERSON: 1}
WIDTHS = (400, 800, 1600)
SOURCES = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
ENCODERS: dict[
    str, tuple[str, dict[str, Any]]
] = {  # best first; speed 8 is five times as fast as 6, 3 % larger
    "avif": ("AVIF", {"quality": 55, "speed": 8}),
    "webp": ("WEBP", {"quality": 80}),
    "jpg": ("JPEG", {"quality": 82, "optimize": True, "progressive": True}),
}
CONTENT_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
KEYS = uuid.UUID("6f0c7b1e-7d0b-4c6e-9a55-2f6f4a4f9d31")  # namespace; never change it


class PictureError(ValueError):
    """The upload cannot become a picture; the message says why and what to do."""


@dataclass(frozen=True)
class Source:
    """An upload that has been checked and decoded: upright, in sRGB, without metadata."""

    image: Image.Image
    digest: str


def make_picture(upload: File[bytes], *, kind: str, alt: str, credit: str = "") -> Picture:
    """Check `upload`, write its files, and return the row that owns them.

    upload   any open file; its name and declared type are not believed
    kind     a Picture.Kind; decides who may see the files
    alt      what the picture shows; required
    credit   who made it
    returns  the picture. An upload that is already there gives its row, described by the newest `alt` and, when
             given, the newest `credit`: one picture has one description wherever it is shown.
    raises   PictureError: not a picture that we take, no alternative text, or no room. Then nothing is kept.
    """
    return _keep(read_picture(upload, kind=kind), kind=kind, alt=alt, credit=credit)


def read_picture(upload: File[bytes], *, kind: str) -> Source:
    """Check and decode `upload`; nothing is kept. Raises PictureError."""
    if (upload.size or 0) > MAX_BYTES:
        raise PictureError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Save a smaller copy.")
    upload.seek(0)
    octets = upload.read(MAX_BYTES + 1)
    image = _decode(octets)
    least = MIN_WIDTH[Picture.Kind(kind)]
    if image.width < least:
        raise PictureError(f"The picture is {image.width} pixels wide; it must be at least {least}.")
    if max(image.size) > MAX_RATIO * min(image.size):
        raise PictureError(f"One side is more than {MAX_RATIO} times the other. Crop the picture.")
    return Source(image, hashlib.sha256(octets).hexdigest())


def _keep(source: Source, *, kind: str, alt: str, credit: str = "") -> Picture:
    width, height = source.image.size
    picture = Picture(
        key=uuid.uuid5(KEYS, f"{Picture.Kind(kind)}:{source.digest}"),
        kind=kind,
        alt=alt.strip(),
        credit=credit.strip(),
        width=width,
        height=height,
        widths=[step for step in WIDTHS if step <= width] or [width],
        formats=list(ENCODERS),
        source_hash=source.digest,
    )
    try:
        picture.clean_fields()
    except ValidationError as error:
        raise PictureError(_sentence(error)) from error
    if Picture.objects.filter(key=picture.key).exists():
        return _described_anew(picture)
    files = list(_encoded(source.image, picture))  # whatever fails here leaves nothing behind
    try:
        with transaction.atomic():
            picture.save(force_insert=True)  # a second upload of the same file waits here for the first
            _store(files)
    except IntegrityError:
        return _described_anew(picture)
    except OSError as error:
        raise PictureError(
            "The picture could not be stored: the server has no room for it, or may not write. Nothing was kept."
            " Tell whoever runs the site, and try again later."
        ) from error
    return picture


def discard(picture: Picture) -> None:
    """Delete `picture`, and its files once that is certain.

    raises  ProtectedError when it is the picture of an article or a person; PictureError when it is in a text
    """
    if article := picture.shown_in.first():
        raise PictureError(f"The picture is shown in the text of “{article}”. Remove it there first.")
    names = [file_name(picture, width, ending) for width in picture.widths for ending in picture.formats]
    with transaction.atomic():
        picture.delete()
        transaction.on_commit(lambda: _remove(names))


def file_name(picture: Picture, width: int, ending: str) -> str:
    """Where the storage keeps one file of `picture`."""
    return f"{picture.kind}/{picture.key}/{width}.{ending}"


def file_url(picture: Picture, width: int, ending: str) -> str:
    """The address that serves it, to those who may see it."""
    return reverse(f"articles:media-{picture.kind}", args=[picture.key, f"{width}.{ending}"])


def _decode(octets: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(octets), formats=SOURCES)
        if image.width * image.height > MAX_PIXELS:  # known from the header, before anything is decoded
            raise PictureError(TOO_MANY_PIXELS)
        if image.format == "JPEG" and octets.count(b"\xff\xda") > MAX_SCANS:
            raise PictureError(f"The picture is stored in more than {MAX_SCANS} passes. Export it again.")
        return _plain(image)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(TOO_MANY_PIXELS) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            "This is not a JPEG, PNG, WebP, AVIF or GIF picture. Save it as one of these."
        ) from error
    except Exception as error:  # what Pillow raises on hostile data is not a closed list
        raise PictureError(
            "The picture cannot be read: the file is damaged or incomplete. Export it again."
        ) from error


def _plain(image: Image.Image) -> Image.Image:
    """The first frame: upright, in sRGB, eight bits a channel, without metadata."""
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    image = _in_srgb(image)
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.info = {}  # encoders copy EXIF (with its places and names), XMP and profiles from here
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours converted by the embedded profile, which is dropped later; a broken profile is ignored."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        return (
            ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image


def _encoded(image: Image.Image, picture: Picture) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of `picture`."""
    for width in picture.widths:
        resized = image.resize((width, height_at(picture, width)), Image.Resampling.LANCZOS)
        for ending in picture.formats:
            encoder, options = ENCODERS[ending]
            buffer = BytesIO()
            frame = _on_white(resized) if encoder == "JPEG" else resized
            frame.save(buffer, encoder, **options)
            yield file_name(picture, width, ending), buffer.getvalue()


def height_at(picture: Picture, width: int) -> int:
    """Height in pixels of the file that is `width` wide."""
    return max(1, round(picture.height * width / picture.width))


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _store(files: list[tuple[str, bytes]]) -> None:
    """Write all of `files`, or none."""
    written: list[str] = []
    try:
        for name, content in files:
            # Of an attempt that was cut off; else the storage picks another name.
            default_storage.delete(name)
            written.append(name)
            default_storage.save(name, ContentFile(content))
    except BaseException:
        _remove(written)
        raise


def _remove(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _described_anew(wanted: Picture) -> Picture:
    """The row that already owns these files, with the words of `wanted`."""
    picture = Picture.objects.get(key=wanted.key)
    picture.alt, picture.credit = wanted.alt, wanted.credit or picture.credit
    picture.save(update_fields=["alt", "credit"])
    return picture


def _sentence(error: ValidationError) -> str:
    labels = {"alt": "Alternative text", "credit": "Credit", "kind": "Kind"}
    return " ".join(
        f"{labels.get(name, name)}: {' '.join(lines)}" for name, lines in error.message_dict.items()
    )
