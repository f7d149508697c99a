"""The default and the bounds of every setting of every strategy, as a reader of results needs them."""

from collections.abc import Callable

from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.registry import settings
from nasbench_pose.strategies.settings import described


def test_settings_of_all_strategies(golden: Callable[[str], None]) -> None:
    """A default that changes changes results: it changes this file, too, and is named in the changelog."""
    lines = [
        f"{name}.{setting.name} = {'required' if setting.required else repr(setting.default)}: {described(setting)}"
        for name in STRATEGIES
        for setting in settings(name)
    ]
    golden("\n".join([*lines, ""]))
