"""Where editors write."""

from . import articles, people, pictures, taxonomy  # noqa: F401  (each registers its models)
