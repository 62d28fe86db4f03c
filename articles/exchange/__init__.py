"""Articles and people as files: Markdown with front matter in YAML, and back.

<folder>/people.yaml        who writes and reviews (optional)
<folder>/subjects.yaml      slugs and descriptions of topics and treatments (optional)
<folder>/pictures/…         what the others refer to
<folder>/articles/*.md      one article each
"""

from .folders import Result, export_folder, import_path
from .problems import DocumentError, Problem

__all__ = ["DocumentError", "Problem", "Result", "export_folder", "import_path"]
