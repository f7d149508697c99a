"""What the jobs of one process share: evaluators and open databases."""

import pickle
from collections.abc import Callable
from types import TracebackType

from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.measurement import MeasurementInfo
from nasbench_pose.objective import Limit
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store import Store
from nasbench_pose.strategies.limited_space import limited


class Workplace:
    """Makes each evaluator and opens each database once, however many jobs of this process need it.

    Measurements are compared by their pickles, because two jobs that share one have two copies of it after they were
    sent to another process.
    """

    def __init__(self, *, patient: bool = False) -> None:
        """`patient`: wait for a database server that does not answer; who started the searches has seen it."""
        self._patient = patient
        self._made: dict[bytes | int, tuple[Callable[[], Evaluator], Evaluator]] = {}
        self._open: dict[str, Store] = {}
        self._limited: dict[tuple[object, ...], SearchSpace] = {}

    def __enter__(self) -> "Workplace":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for store in self._open.values():
            store.close()

    def evaluator(self, measurement: Callable[[], Evaluator]) -> Evaluator:
        """Return the evaluator of a measurement, made on first use; raises the errors of the measurement."""
        key = _identity(measurement)
        if key not in self._made:
            self._made[key] = (measurement, measurement())  # keep the measurement, so that no other gets its id
        return self._made[key][1]

    def space(self, whole: SearchSpace, limits: tuple[Limit, ...], info: MeasurementInfo) -> SearchSpace:
        """Return the members of a space within the limits of counted costs; see `limited_space.limited`."""
        key = whole.name, whole.digest, limits, info.input, info.joints
        if key not in self._limited:
            self._limited[key] = limited(whole, limits, input=info.input, joints=info.joints)
        return self._limited[key]

    def store(self, url: str) -> Store:
        """Return the database at a URL, opened on first use: opening and closing one takes as long as 200 trials."""
        if url not in self._open:
            self._open[url] = Store(url, patient=self._patient)
        return self._open[url]


def _identity(measurement: Callable[[], Evaluator]) -> bytes | int:
    try:
        return pickle.dumps(measurement)
    except Exception:  # what cannot be pickled never leaves its process
        return id(measurement)
