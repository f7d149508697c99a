"""Tables say themselves which columns they have: older and newer ones are read, whatever line ends they have."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import small_tables

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.benchmark.rows import COLUMNS, TableFile
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import SearchSpace


def rewritten(path: Path, *, drop: str = "", add: str = "") -> Path:
    """Write the table as a version would have that does not know a column, or knows one more."""
    file = TableFile(path)
    rows, about = file.checked()
    columns = dict(COLUMNS)
    if drop:
        del columns[drop]
        rows = rows.drop(columns=drop)
    if add:
        columns[add] = {"type": "number", "meaning": "added by a later version"}
        rows[add] = np.arange(len(rows)) + 0.5
    rows[list(columns)].to_csv(path, index=False, lineterminator="\n")
    text = file.about.read_text().partition("\n[columns]")[0]
    listed = [f'{name} = {{ type = "{known["type"]}", meaning = "a" }}' for name, known in columns.items()]
    file.about.write_text("\n".join([text, "\n[columns]", *listed, ""]))
    file.describe(about | {"columns": columns})
    return path


@pytest.fixture
def path(own: SearchSpace, tmp_path: Path) -> Path:
    return small_tables.made_up(own, tmp_path, small_tables.whole(own))


def test_a_table_without_a_column_that_came_later(own: SearchSpace, path: Path) -> None:
    before = Benchmark.load(path, space=own)
    largest = own.named["largest"]
    accuracy = before.query(largest).accuracy
    older = Benchmark.load(rewritten(path, drop="val_pckh_area"), space=own)
    assert older.query(largest).accuracy == accuracy
    trial = LookUp(path, space=own)().evaluate(largest, fidelity=small_tables.STEPS, seed=0)
    assert "val_pckh_area" not in trial.metrics and trial.metrics["val_pckh"] > 0
    assert "val_pckh_area" not in LookUp(path, space=own).describe(LookUp(path, space=own)()).metrics


def test_a_table_with_one_more_column_has_one_more_metric(own: SearchSpace, path: Path) -> None:
    largest = own.named["largest"]
    rewritten(path, add="val_ap")
    measurement = LookUp(path, space=own)
    trial = measurement().evaluate(largest, fidelity=small_tables.STEPS, seed=0)
    assert trial.metrics["val_ap"] % 1 == 0.5
    assert "val_ap" in measurement.describe(measurement()).metrics


def test_a_table_goes_on_in_the_columns_that_it_has(own: SearchSpace, path: Path) -> None:
    file = TableFile(rewritten(path, drop="test_pckh"))
    before, about = file.checked()
    costs = small_tables.table(own)
    trial = small_tables.drawn(own, costs, own.named["largest"], 17, np.random.default_rng(0))
    file.append(trial)
    file.describe(about)
    after, _ = file.checked()
    assert len(after) == len(before) + 1 and list(after) == list(before) and "test_pckh" not in after
    assert after["val_pckh"].iloc[-1] == trial.metrics["val_pckh"]
    assert np.isnan(Benchmark.load(path, space=own).query(own.named["largest"], split="test").accuracy)


@pytest.mark.parametrize("column", ["genotype", "seed", "seconds", "curve", "error"])
def test_a_column_that_every_table_needs(column: str, path: Path) -> None:
    file = TableFile(path)
    text = file.about.read_text()
    file.about.write_text("\n".join(line for line in text.splitlines() if not line.startswith(f"{column} = {{")))
    with pytest.raises(InvalidFileError, match=f"describes no column '{column}', which every table needs"):
        file.checked()


def test_the_line_ends_of_windows_are_line_ends(own: SearchSpace, path: Path) -> None:
    before = Benchmark.load(path, space=own).rows
    for file in (path, path.with_suffix(".toml")):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert Benchmark.load(path, space=own).rows.equals(before)
    table = TableFile(path)
    about = table.description()
    assert table.goes_on_from(about["sha256"])
    table.begin()
    assert b"\r\n" not in path.read_bytes() and table.checked()[0].equals(before)


def test_regret_of_a_known_genotype_is_a_look_into_a_dict(made_up: Benchmark) -> None:
    for genotype in made_up.index.members:
        expected = made_up.regret(made_up.space.encode([genotype]))[0]
        for _ in range(2):  # the first makes the dict, the second looks into it
            assert made_up.regret(genotype) == made_up.regret(genotype.text) == made_up.regret(genotype.key) == expected
    assert made_up.regret("largest") == made_up.regret(made_up.space.named["largest"])
    with pytest.raises(InvalidFileError):
        made_up.regret("micro-smallest")
    with pytest.raises(InvalidFileError):
        made_up.regret("micro-smallest")


def test_an_earlier_state_of_a_table_has_its_first_rows(own: SearchSpace, path: Path) -> None:
    now = Benchmark.load(path, space=own)
    lines = path.read_bytes().splitlines(keepends=True)
    digest = hashlib.sha256(b"".join(lines[:6])).hexdigest()
    then = Benchmark.load(path, space=own, version=digest[:12])
    assert len(then.rows) == 5 < len(now.rows) and then.about["sha256"] == digest
    assert then.rows.equals(now.rows.iloc[:5]) and then.about["protocol"] == now.about["protocol"]
    whole = Benchmark.load(path, space=own, version=now.about["sha256"])
    assert whole.rows.equals(now.rows)
    for wrong in ("f" * 64, "", digest[:4]):
        with pytest.raises(InvalidFileError, match="never had a checksum that begins with"):
            Benchmark.load(path, space=own, version=wrong)
