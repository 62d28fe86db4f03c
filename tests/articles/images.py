"""Picture files made on the spot."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles.pictures import make_picture


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
