"""What we publish: articles, the people behind them, what they cite, and what readers keep."""

from .articles import Article, KeyPoint, LearningObjective, TrialIdentifier
from .bookmarks import Bookmark
from .people import Contribution, Disclosure, Person
from .pictures import Picture
from .references import Reference
from .search import SearchEntry
from .taxonomy import Topic
from .trials import CitedResult

__all__ = [
    "Article",
    "Bookmark",
    "CitedResult",
    "Contribution",
    "Disclosure",
    "KeyPoint",
    "LearningObjective",
    "Person",
    "Picture",
    "Reference",
    "SearchEntry",
    "Topic",
    "TrialIdentifier",
]
