"""Words as frequent as in natural text: those of the demonstration first, then made-up ones. The same every time."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate, product

VOCABULARY = 20_000
SENTENCE, SENTENCES = (8, 22), (3, 6)  # words in a sentence, sentences in a paragraph
SYLLABLES = (
    "ba",
    "cor",
    "den",
    "fi",
    "gal",
    "hem",
    "ix",
    "lum",
    "mor",
    "nep",
    "ost",
    "pro",
    "ra",
    "tol",
    "vin",
)


class Words:
    """Text whose words follow Zipf's law (the n-th is about 1/n as frequent as the first), drawn with `dice`.

    texts  where the commonest words come from, in the order of their frequency
    stops  words that are left out of the search index: no sentence ends with one
    """

    def __init__(self, texts: Iterable[str], stops: Iterable[str], dice: random.Random) -> None:
        self.dice = dice
        known = Counter(word for text in texts for word in re.findall(r"(?<![\w-])[a-z]{2,}(?![\w-])", text))
        made_up = ("".join(parts) for parts in product(SYLLABLES, repeat=4))
        ranked = [word for word, _ in sorted(known.items(), key=lambda pair: (-pair[1], pair[0]))]
        self.ranked = [*ranked, *(word for word in made_up if word not in known)][:VOCABULARY]
        self.weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.ranked))))
        self.stops = set(stops)

    def some(self, count: int) -> list[str]:
        """`count` words, the last of which is indexed."""
        while True:
            words = self.dice.choices(self.ranked, cum_weights=self.weights, k=count)
            if words[-1] not in self.stops:
                return words

    def sentence(self) -> str:
        return " ".join(self.some(self.dice.randint(*SENTENCE))).capitalize() + "."

    def paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(self.dice.randint(*SENTENCES)))

    def title(self) -> str:
        return " ".join(self.some(self.dice.randint(6, 12))).capitalize()
