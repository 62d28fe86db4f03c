"""Settings from the environment; a wrong value stops the start with a sentence that says what is right."""

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def positive(name: str, default: int) -> int:
    """A whole number above zero from the environment; anything else stops the start."""
    value = env.int(name, default)
    if value < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number above zero, not {value}.")
    return value


def natural(name: str, default: int, most: int | None = None) -> int:
    """A whole number from zero (to `most`) from the environment; anything else stops the start."""
    value = env.int(name, default)
    if value < 0 or (most is not None and value > most):
        upper = "upwards" if most is None else f"to {most}"
        raise ImproperlyConfigured(f"{name} must be a whole number from 0 {upper}, not {value}.")
    return value


def share(name: str, default: float) -> float:
    """A number between 0 and 1 from the environment; anything else stops the start."""
    value = env.float(name, default)
    if not 0 < value <= 1:
        raise ImproperlyConfigured(f"{name} must be a number above 0 and at most 1, not {value}.")
    return float(value)
