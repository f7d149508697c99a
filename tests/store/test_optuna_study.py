"""Studies as others made them: infinite objectives, floats, names of our columns, trials that never ended."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.errors import StoreError
from nasbench_pose.spaces import load
from nasbench_pose.store import Store
from nasbench_pose.store.maintenance import check, load_study

optuna = pytest.importorskip("optuna")
SPACE = load("efficientpose_micro")


def test_every_trial_that_ended_is_read(tmp_path: Path) -> None:
    from optuna.distributions import CategoricalDistribution, FloatDistribution
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    drawn = [SPACE.sample(np.random.default_rng(seed)) for seed in range(3)]
    words = {name: CategoricalDistribution(options) for name, options in SPACE.genes.items() if name.startswith("s")}
    study = optuna.create_study(study_name="it's – π", storage=f"sqlite:///{tmp_path}/study.db")
    for value, attributes, network in (
        (1.5, {"seed": 3, "epochs": 7, "note": "x", "ok": True, "bad": math.nan}, drawn[0]),
        (math.inf, {"epochs": 8}, drawn[1]),
        (2.5, {}, drawn[0]),
    ):
        genes = dict(network.genes)
        params = {name: genes[name] if name in words else float(genes[name]) for name in genes}
        kinds = {name: words.get(name, FloatDistribution(1, 400)) for name in genes}
        study.add_trial(create_trial(params=params, distributions=kinds, value=value, user_attrs=attributes))
    late = datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None)
    back = create_trial(state=TrialState.FAIL, params=params, distributions=kinds)
    back.datetime_start, back.datetime_complete = late, late - timedelta(hours=1)
    study.add_trial(back)
    study.enqueue_trial({})
    assert load_study(f"{tmp_path}/study.db", SPACE, str(tmp_path / "new.db"), ["val_loss"]) == (4, 2)
    with Store(tmp_path / "new.db") as store:
        found = store.evaluations()
    assert found["error"].fillna("").tolist() == ["", "val_loss is inf, not a finite number", "", "fail in Optuna"]
    assert found["val_loss"].tolist()[::2] == [1.5, 2.5] and found["seed"].tolist() == [0, 0, 1, 2]
    assert found[["optuna_seed", "epochs"]].iloc[0].tolist() == [3, 7] and not {"bad", "ok", "note"} & set(found)
    assert not any(finding.wrong for finding in check(tmp_path / "new.db"))
    with pytest.raises(StoreError, match="No metric can be called 'seed'"):
        load_study(f"{tmp_path}/study.db", SPACE, str(tmp_path / "no.db"), ["seed"])
    assert not (tmp_path / "no.db").exists()
