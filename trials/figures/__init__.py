"""Figures of results, drawn from published numbers. Pure Python without the ORM.

Rows (`rows.py`) become a `Drawing` (`forest.py`, `arms.py`), which is written as SVG for a page (`in_page.py`) or for
a file (`svg.py`) and as PNG (`png.py`); the same rows become the `Table` beside it (`tables.py`).
"""

from .arms import medians, rates
from .forest import forest
from .in_page import inline
from .layouts import NARROW, WIDE
from .png import png
from .rows import ForestRow, Group, MedianRow, RateRow
from .shapes import Drawing
from .svg import standalone
from .tables import Table, csv_file, forest_table, medians_table, rates_table, to_csv

__all__ = [
    "DRAWING_VERSION",
    "NARROW",
    "WIDE",
    "Drawing",
    "ForestRow",
    "Group",
    "MedianRow",
    "RateRow",
    "Table",
    "csv_file",
    "forest",
    "forest_table",
    "inline",
    "medians",
    "medians_table",
    "png",
    "rates",
    "rates_table",
    "standalone",
    "to_csv",
]

DRAWING_VERSION = 4  # raise it when a drawing changes: `manage.py render` draws the stored ones again
