"""An executor whose calls run one at a time, the latest first, when somebody waits for them."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ClassVar


class Call(Future[Any]):
    """A call that waits until `run`."""

    run: Callable[[], None]
    waiting: ClassVar[list["Call"]] = []


class Backwards(Executor):
    """Calls that run one at a time, the latest first; `spoil` may raise in place of the n-th call."""

    def __init__(self, spoil: Callable[[int], None] = lambda _: None) -> None:
        self.spoil, self.count, self.ended = spoil, 0, False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        call = Call()

        def run() -> None:
            self.count += 1
            try:
                self.spoil(self.count)
                call.set_result(fn(*args, **kwargs))
            except Exception as error:
                call.set_exception(error)

        call.run = run
        Call.waiting.append(call)
        return call

    def shutdown(self, **_: bool) -> None:  # type: ignore[override]
        self.ended = True
