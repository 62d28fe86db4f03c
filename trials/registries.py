"""Where the registries show what is registered under a number, and how a number is found that somebody typed."""

from __future__ import annotations

import re

from .models import Registry

# The registries' own public addresses; a number is the last part of each.
ADDRESSES = {
    Registry.NCT: "https://clinicaltrials.gov/study/",
    Registry.EUDRACT: "https://www.clinicaltrialsregister.eu/ctr-search/search?query=eudract_number:",
    Registry.EUCT: "https://euclinicaltrials.eu/ctis-public/view/",
    Registry.ISRCTN: "https://www.isrctn.com/",
}


def address(registry: str, number: str) -> str:
    """The registry's page of the trial with `number`."""
    first = "-00" if registry == Registry.EUCT else ""  # the first submission, under which the trial is shown
    return ADDRESSES[Registry(registry)] + number + first


def normalise(number: str) -> str:
    """`number` as it is stored: upper case, without spaces, with plain hyphens, and as its registry writes it.

    "nct 0173-4928" is NCT01734928. "2022–500001–12-00" is 2022-500001-12: what follows an EU CT number counts the
    submissions of one and the same trial.
    """
    plain = re.sub(r"\s", "", re.sub(r"[\u2010-\u2015\u2212]", "-", number)).upper()
    if plain.startswith(("NCT", "ISRCTN")):
        return plain.replace("-", "")
    return plain[:14] if re.fullmatch(r"20[0-9]{2}-5[0-9]{5}-[0-9]{2}-[0-9]{2}", plain) else plain
