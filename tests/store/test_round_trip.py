"""Whatever a trial says, the store gives it back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Store
from nasbench_pose.store.columns import RESERVED_NAMES

WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.+-]*", fullmatch=True)
GENOTYPES = st.builds(Genotype, WORDS, st.dictionaries(WORDS, WORDS | st.integers()).map(dict.items))
NUMBERS = st.floats() | st.integers()
FINITE = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**1000), 2**1000)
WHOLE = st.integers(0, 2**63 - 1)
TRIALS = st.builds(
    Trial,
    GENOTYPES,
    st.text(min_size=1),
    fidelity=WHOLE,
    seed=WHOLE,
    metrics=st.dictionaries(st.text().filter(lambda name: name not in RESERVED_NAMES), FINITE),
    seconds=st.floats(0, allow_nan=False, allow_infinity=False),
    curve=st.lists(st.tuples(WHOLE, NUMBERS)).map(tuple),
    error=st.none() | st.text(),
)


@settings(max_examples=20)
@given(st.lists(TRIALS, max_size=4))
def test_trials_come_back_as_they_were(trials: list[Trial]) -> None:
    with Store("sqlite://") as store:
        store.add_all(trials)
        first = {(t.genotype, t.protocol, t.fidelity, t.seed): t for t in reversed(trials)}
        for about, trial in first.items():
            # As text, because NaN is not equal to itself.
            assert repr(store.find(*about)) == repr(trial)
        assert len(store.evaluations()) == len(first)
        assert len(store.curves()) == sum(len(trial.curve) for trial in first.values())
