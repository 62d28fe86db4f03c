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
    return ADDRESSES[Registry(registry)] + number


def normalise(number: str) -> str:
    """`number` as it is stored: upper case, without spaces, with plain hyphens."""
    return re.sub(r"\s", "", re.sub(r"[\u2010-\u2015\u2212]", "-", number)).upper()
