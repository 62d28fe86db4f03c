"""Pictures in the sizes and formats that fit the browser."""

from __future__ import annotations

from typing import Any

from django import template

from articles.models import Picture
from articles.pictures import CONTENT_TYPES, file_url, height_at

register = template.Library()
FALLBACK_WIDTH = 800


@register.inclusion_tag("articles/_picture.html")
def picture(
    picture: Picture | None,
    sizes: str = "100vw",
    loading: str = "lazy",
    eager: bool = False,
    **attributes: str,
) -> dict[str, Any]:
    """A <picture> element, or nothing.

    picture  a Picture, or None
    sizes    how wide it is shown, as in HTML
    loading  "lazy" or "eager"; `eager=True` is short for the latter, for what is seen first
    class    of the element
    """
    if not picture:
        return {"picture": None}
    width = max((w for w in picture.widths if w <= FALLBACK_WIDTH), default=picture.widths[0])
    *better, last = picture.formats
    return {
        "picture": picture,
        "sources": [(CONTENT_TYPES[ending], srcset(picture, ending)) for ending in better],
        "srcset": srcset(picture, last),
        "src": file_url(picture, width, last),
        "width": width,
        "height": height_at(picture, width),
        "sizes": sizes,
        "loading": "eager" if eager else loading,
        "class": attributes.get("class", ""),
    }


def srcset(picture: Picture, ending: str) -> str:
    return ", ".join(f"{file_url(picture, width, ending)} {width}w" for width in picture.widths)
