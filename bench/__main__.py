"""`python -m bench`: every measurement, one after the other, and one table of all figures at the end.

The exit status says whether all targets were met.
"""

import sys
import traceback
from types import ModuleType

from bench import cluster, growth, newsletter, recovery, search, start, trial_list, web, weight
from bench.tables import Figure, report

SCRIPTS = (web, weight, start, trial_list, search, growth, newsletter, recovery, cluster)


def figures_of(script: ModuleType) -> list[Figure]:
    """What `script` measures. One that breaks off is a figure that missed its target, and the others are measured."""
    try:
        found: list[Figure] = script.measure([])
    except Exception as error:
        traceback.print_exc()
        return [Figure(script.__name__, "an answer", f"broke off: {type(error).__name__}", is_met=False)]
    return found


if __name__ == "__main__":
    sys.exit(report([figure for script in SCRIPTS for figure in figures_of(script)]))
