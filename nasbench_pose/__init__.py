"""Choose a human-pose network: search spaces, strategies, exact costs, real trainings, Pareto fronts."""

__version__ = "0.1.0"
