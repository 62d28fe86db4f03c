"""Where editors enter trials, in the order in which a paper reports them."""

from . import cuts, drugs, observations, results, sources, trials  # noqa: F401  (each registers its models)
