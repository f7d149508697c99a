"""What tests of crews share."""

from collections import deque

import pytest
from backwards import Call

from nasbench_pose.search import futures_crew


@pytest.fixture
def latest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the latest call run when the crew waits for one."""

    class Ended(deque[int]):
        def put(self, number: int) -> None:
            self.append(number)

        def empty(self) -> bool:
            return not self

        def get(self) -> int:
            while not self:
                Call.waiting.pop().run()
            return self.popleft()

    monkeypatch.setattr(Call, "waiting", [])
    monkeypatch.setattr(futures_crew, "SimpleQueue", Ended)
