"""`python -m bench`: every measurement, one after the other. The exit status says whether all targets were met."""

import sys

from bench import newsletter, trial_list

SCRIPTS = (trial_list, newsletter)

if __name__ == "__main__":
    sys.exit(max(script.main([]) for script in SCRIPTS))
