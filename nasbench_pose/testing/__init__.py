"""What every kind, strategy and evaluator must do: derive a test class and say what it is about.

```python
class TestMine(SeededStrategyContract):
    def new(self, seed):
        return MyStrategy(load("simplebaseline"), np.random.default_rng(seed))
```

Needs pytest. Our own are held to the same contracts.
"""

import pytest

for _module in ("evaluator", "kind", "measurement", "strategy"):
    pytest.register_assert_rewrite(f"nasbench_pose.testing.{_module}")

from nasbench_pose.testing.evaluator import EvaluatorContract  # noqa: E402 - rewritten, so that failures say why
from nasbench_pose.testing.kind import KindContract  # noqa: E402
from nasbench_pose.testing.measurement import MeasurementContract  # noqa: E402
from nasbench_pose.testing.strategy import SeededStrategyContract, StrategyContract  # noqa: E402

__all__ = [
    "EvaluatorContract",
    "KindContract",
    "MeasurementContract",
    "SeededStrategyContract",
    "StrategyContract",
]
