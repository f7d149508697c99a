"""Contract tests for kinds, strategies, evaluators, measurements and executors: inherit a class and make the object.

```python
class TestMine(SeededStrategyContract):
    def new(self, seed):
        return MyStrategy(load("simplebaseline"), np.random.default_rng(seed))
```

Needs pytest. The built-in ones pass the same tests.
"""

import pytest

for _module in ("evaluator", "executor", "kind", "measurement", "strategy"):
    pytest.register_assert_rewrite(f"nasbench_pose.testing.{_module}")

from nasbench_pose.testing.evaluator import EvaluatorContract  # noqa: E402 - after the rewriting of asserts
from nasbench_pose.testing.executor import ExecutorContract, ProcessExecutorContract  # noqa: E402
from nasbench_pose.testing.kind import KindContract  # noqa: E402
from nasbench_pose.testing.measurement import MeasurementContract  # noqa: E402
from nasbench_pose.testing.strategy import SeededStrategyContract, StrategyContract  # noqa: E402

__all__ = [
    "EvaluatorContract",
    "ExecutorContract",
    "KindContract",
    "MeasurementContract",
    "ProcessExecutorContract",
    "SeededStrategyContract",
    "StrategyContract",
]
