"""How long a text takes to read."""

WORDS_PER_MINUTE = 238  # adults, silent, English non-fiction: Brysbaert 2019, J Mem Lang 109:104047


def reading_minutes(text: str) -> int:
    """Whole minutes to read plain `text`, rounded up, at least 1. Source: WORDS_PER_MINUTE."""
    return max(1, -(-len(text.split()) // WORDS_PER_MINUTE))
