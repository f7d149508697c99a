"""User-defined rules for operations that torch does not have: from Python, by name, or from an installed package."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nasbench_pose.cost.call import Call
from nasbench_pose.errors import NasbenchPoseError, one_line
from nasbench_pose.plugins import Registry

GROUP = "nasbench_pose.cost_rules"
"""Entry points of packages with rules; each is a mapping from operation to `CustomRule`."""

CustomRule = Callable[[Sequence[Any], Any], "int | Call"]
"""(all arguments in the order of the operation's schema, result) -> MACs, called `custom`, or a whole `Call`."""


def _accept(_: str, found: Any) -> dict[str, CustomRule] | None:
    fits = isinstance(found, Mapping) and all("::" in str(key) and callable(rule) for key, rule in found.items())
    return dict(found) if fits else None


EXPECTED = (
    "a mapping from the full name of an operation to a function of (args, result), e.g. {'mylib::deform_conv': count}"
)
RULES = Registry("cost rule", GROUP, {}, _accept, EXPECTED)


class CustomRules:
    """Rules of a user by the full name of the operation, such as `mylib::deform_conv`. They precede ours.

    >>> rules = CustomRules({"mylib::product": lambda args, result: 12})
    >>> rules.of("mylib::product")([], None).macs, rules.of("mylib::sum") is None
    (12, True)
    """

    def __init__(self, own: Mapping[str, CustomRule] | None = None) -> None:
        self.own = dict(own or {})
        self.installed: dict[str, CustomRule] | None = None

    def of(self, operation: str) -> Callable[[Sequence[Any], Any], Call] | None:
        """Return the rule of an operation, or None. Rules of packages are imported only for operations not in torch."""
        rule = self.own.get(operation)
        if rule is None and not operation.startswith(("aten::", "prim")):
            if self.installed is None:
                self.installed = _installed()
            rule = self.installed.get(operation)
        return None if rule is None else _checked(operation, rule)


def load_rules(names: Iterable[str]) -> dict[str, CustomRule]:
    """Return the rules that `package.module:attribute` names, each a mapping from operation to rule.

    Raises UnknownNameError if the import fails, InvalidFileError if the value is no such mapping.
    """
    rules: dict[str, CustomRule] = {}
    for name in names:
        rules |= RULES.resolve(name)
    return rules


def _installed() -> dict[str, CustomRule]:
    return dict(item for rules in RULES.installed() for item in rules.items())


def _checked(operation: str, rule: CustomRule) -> Callable[[Sequence[Any], Any], Call]:
    def describe(args: Sequence[Any], result: Any) -> Call:
        try:
            found = rule(args, result)
        except Exception as error:
            raise NasbenchPoseError(f"The cost rule of {operation} fails: {one_line(error)}.") from None
        if isinstance(found, Call):
            return found
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise NasbenchPoseError(f"The cost rule of {operation} returns {found!r}; expected MACs or a Call.")
        return Call("custom", macs=found, macs_at_output=found)

    return describe
