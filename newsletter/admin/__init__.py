"""Where editors build issues and watch them go out, and where subscribers can be looked at."""

from . import choosing, issues, subscribers, suppressions  # noqa: F401  (each registers its models)
