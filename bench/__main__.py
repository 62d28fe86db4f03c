"""`python -m bench`: every measurement, one after the other, and one table of all figures at the end.

The exit status says whether all targets were met.
"""

import sys

from bench import cluster, growth, newsletter, recovery, search, start, trial_list, web, weight
from bench.tables import report

SCRIPTS = (web, weight, start, trial_list, search, growth, newsletter, recovery, cluster)

if __name__ == "__main__":
    sys.exit(report([figure for script in SCRIPTS for figure in script.measure([])]))
