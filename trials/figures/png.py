"""A drawing's file as pixels."""

from __future__ import annotations

import resvg_py

from .text import REGULAR, SEMIBOLD

SCALE = 2


def png(svg: str) -> bytes:
    """Render `svg` (from `standalone`) at twice its size, in Inter, whatever fonts the machine has."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=SCALE,
            skip_system_fonts=True,
            font_files=[str(REGULAR), str(SEMIBOLD)],
            font_family="Inter",
            sans_serif_family="Inter",
        )
    )
