"""Which message brokers CELERY_BROKER_URL may name: known to start-up, which has no Django yet, and to the settings."""

import re

RULE = "CELERY_BROKER_URL must begin with redis://, rediss://, amqp:// or amqps://, or be empty."


def is_broker(url: str) -> bool:
    """True if `url` names a broker that the installed packages can speak with."""
    return re.fullmatch(r"(redis|rediss|amqp|amqps)://\S+", url) is not None
