"""Records of ClinicalTrials.gov (API v2) as suggestions beside our rows, which they never touch."""

from .fetching import Unreachable, fetch, read_file
from .storing import Imported, UnknownTrial, compare_again, import_record

__all__ = ["Imported", "UnknownTrial", "Unreachable", "compare_again", "fetch", "import_record", "read_file"]
