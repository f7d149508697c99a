"""Tables, samples and device files that others wrote: a cell that cannot be right is named with its line."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import small_tables

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.cells import check_cells
from nasbench_pose.benchmark.description import continued
from nasbench_pose.benchmark.evaluator import LookUp, TableEvaluator
from nasbench_pose.benchmark.rows import OwnScheduleFile, TableFile
from nasbench_pose.benchmark.surrogate.sample_file import SampleFile
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, load


@pytest.fixture
def path(own: SearchSpace, tmp_path: Path) -> Path:
    return small_tables.made_up(own, tmp_path, small_tables.whole(own))


def changed(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Change the rows, and describe them with the new checksum as another tool would."""
    file = TableFile(path)
    about = file.description()
    path.write_bytes(change(path.read_bytes()))
    file.describe({name: value for name, value in about.items() if name not in ("sha256", "columns")})
    return path


def with_cell(path: Path, column: str, cell: str) -> Path:
    """Write `cell` into the second row."""
    file = TableFile(path)
    rows, about = file.checked()
    rows = rows.astype({column: object})
    rows.loc[1, column] = cell
    rows.to_csv(path, index=False, lineterminator="\n")
    file.describe({name: value for name, value in about.items() if name not in ("sha256", "columns")})
    return path


WRONG = [
    *(("seed", cell, "a whole number, at least 0") for cell in ("-1", "0.5", "x", "99999999999999999999")),
    ("seed", "", "needed in every row"),
    ("genotype", "", "needed in every row"),
    *(("val_pckh", cell, "a number from 0 to 100") for cell in ("12,5", "-5", "150", "inf")),
    ("test_pckh", "n.a", "a number from 0 to 100"),
    *(("seconds", cell, "a number, at least 0") for cell in ("-1", "inf", "1:30")),
    ("seconds", "nan", "needed in every row"),
    ("macs", "1.5", "a whole number"),
    ("params", "10k", "a whole number"),
    *(("curve", cell, "a curve such as 50:10.5") for cell in ("50;3", "50:", "1e2:4", "-5:3")),
    ("val_loss", "low", "a number"),
]


@pytest.mark.parametrize(("column", "cell", "expected"), WRONG)
def test_a_cell_that_cannot_be_right_is_named(
    column: str, cell: str, expected: str, own: SearchSpace, path: Path
) -> None:
    with pytest.raises(InvalidFileError, match=rf"made_up.csv, line 3: {column} is .*; it .*{expected}"):
        Benchmark.load(with_cell(path, column, cell), space=own)


@pytest.mark.parametrize(("column", "cell", "has"), [("val_pckh", "", "neither"), ("error", "diverged", "both")])
def test_a_training_has_an_accuracy_or_an_error(column: str, cell: str, has: str, own: SearchSpace, path: Path) -> None:
    with pytest.raises(InvalidFileError, match=rf"seed 1 has {has} of val_pckh and error"):
        Benchmark.load(with_cell(path, column, cell), space=own)


@pytest.mark.parametrize("column", ["macs", "params"])
def test_a_training_that_ended_has_its_counts(column: str, own: SearchSpace, path: Path) -> None:
    with pytest.raises(InvalidFileError, match=rf"made_up.csv, line 3: {column} is blank; it is needed in every row"):
        Benchmark.load(with_cell(path, column, ""), space=own)


def test_a_metric_that_one_training_lacks_is_not_in_its_trial(own: SearchSpace, path: Path) -> None:
    found = TableEvaluator(Benchmark.load(with_cell(path, "test_pckh", ""), space=own))
    which, full = Genotype.parse(found.benchmark.rows["genotype"][1]), found.full_fidelity
    trials = [found.evaluate(which, fidelity=full, seed=seed) for seed in (1, 0)]
    assert [("test_pckh" in trial.metrics, trial.error) for trial in trials] == [(False, None), (True, None)]
    promised = LookUp(path, space=own).describe(found).metrics
    assert "test_pckh" not in promised and set(promised) == set(trials[0].metrics)


def test_numbers_in_other_spellings_are_numbers(own: SearchSpace, path: Path) -> None:
    before = Benchmark.load(path, space=own)
    found = before.rows["val_pckh"][1]
    again = Benchmark.load(with_cell(path, "val_pckh", f"{found:.12e}"), space=own)
    assert again.rows["val_pckh"][1] == pytest.approx(found) and again.complete


SPREADSHEETS: list[Callable[[bytes], bytes]] = [
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.replace(b",", b";"),
    lambda text: text.replace(b"genotype,seed", b"seed,genotype"),
]


@pytest.mark.parametrize("change", SPREADSHEETS)
def test_a_table_that_a_spreadsheet_saved(change: Callable[[bytes], bytes], own: SearchSpace, path: Path) -> None:
    with pytest.raises(InvalidFileError, match=r"not with 'genotype,seed.*if a spreadsheet saved it, take the file"):
        Benchmark.load(changed(path, change), space=own)


def test_a_network_that_is_no_baseline(own: SearchSpace, path: Path) -> None:
    other = load("heads_micro").named["heads-slim"].text
    with pytest.raises(InvalidFileError, match=r"neither a member of dozen nor one of its baselines, micro-smallest"):
        len(Benchmark.load(with_cell(path, "genotype", other), space=own).index.genotypes)


def test_the_space_of_a_table_is_named(path: Path) -> None:
    with pytest.raises(InvalidFileError, match=r"search space 'dozen', which is not built in: name its .toml file"):
        Benchmark.load(path)
    with pytest.raises(InvalidFileError, match="is of the search space dozen, not of heads_micro"):
        Benchmark.load(path, space=load("heads_micro"))


def test_a_space_too_large_for_a_table_is_not_enumerated(path: Path) -> None:
    huge, file = load("efficientpose_small"), TableFile(path)
    about = {name: value for name, value in file.description().items() if name not in ("sha256", "columns")}
    file.describe(about | {"space": huge.name, "space_digest": huge.digest})
    with pytest.raises(
        InvalidFileError, match=r"5.1e\+21 genotypes, and a table trains every one.*`benchmark surrogate` predicts"
    ):
        Benchmark.load(path)


@pytest.mark.parametrize(
    ("there", "now", "message"),
    [
        ("genotype = {", 'genotype = "text" #', "does not say the type of the column 'genotype'"),
        ('title = "Made up"', 'title = "Made', "is not valid TOML"),
        ('{ type = "text"', '{ kind = "text"', "does not say the type of the column"),
    ],
)
def test_a_description_that_somebody_broke(there: str, now: str, message: str, own: SearchSpace, path: Path) -> None:
    about = path.with_suffix(".toml")
    about.write_text(about.read_text().replace(there, now, 1))
    with pytest.raises(InvalidFileError, match=message):
        Benchmark.load(path, space=own)
    with pytest.raises(InvalidFileError, match=message):
        TableFile(path).begin()


def test_only_rows_of_its_kind_are_added_to_a_file(path: Path) -> None:
    kinds = (TableFile, SampleFile, OwnScheduleFile)
    for kind in kinds:
        file = kind(path)
        about = file.description()
        file.path.unlink()
        file.about.unlink()
        file.begin()
        file.describe({name: value for name, value in about.items() if name not in ("sha256", "columns")})
        continued(file, about)
        for other in set(kinds) - {kind, SampleFile, OwnScheduleFile}:
            with pytest.raises(InvalidFileError, match=r"is no benchmark table: it has the column (drawn_by|steps)"):
                continued(other(path), about)


def test_a_column_of_curves_may_be_blank_throughout() -> None:
    columns = {"curve": {"type": "text", "unit": "steps:percent"}}
    check_cells(pd.DataFrame({"curve": [float("nan"), float("nan")]}), columns, [], Path("mine.csv"))
