"""The options of a gene as a parameter of Optuna. Importing this imports Optuna, which takes a second."""

from typing import Any

from optuna.distributions import CategoricalDistribution


class Options(CategoricalDistribution):
    """The numbers of a gene's options; it never changes, so that its copy is itself and it is equal to itself.

    Optuna copies and compares the distribution of every parameter several times for each trial, option by option.

    >>> import copy
    >>> options = Options(3)
    >>> copy.deepcopy(options) is options, options == Options(3), options == Options(2)
    (True, True, False)
    """

    def __init__(self, count: int) -> None:
        super().__init__(range(count))

    def __deepcopy__(self, _: dict[int, Any]) -> "Options":
        return self

    def __eq__(self, other: object) -> bool:
        return self is other or super().__eq__(other)

    __hash__ = CategoricalDistribution.__hash__
