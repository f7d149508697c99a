"""Tables that grow: row by row, from where they stopped, and only by rows of their own kind."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import small_tables
from small_tables import REPLICATED, SEEDS, training, watched

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.build import build_table
from nasbench_pose.benchmark.described_csv import checksum
from nasbench_pose.benchmark.plan import Plan
from nasbench_pose.benchmark.rows import COLUMNS, TableFile
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, ShapeError, UnknownNameError
from nasbench_pose.evaluators import Trial
from nasbench_pose.spaces import SearchSpace, find

pytestmark = pytest.mark.slow


def grow(own: SearchSpace, path: Path, workers: int = 1, limit: int | None = None, **how: object) -> list[int]:
    """Add to a table; return how many trainings were still to come after each."""
    seen = watched(stop_after=int(str(how.pop("stop_after", 10**9))))
    asked = {"training": training(own), "plan": Plan(SEEDS, REPLICATED), **how}
    made = build_table(own, asked.pop("training"), path, workers=workers, limit=limit, go_on=seen.go_on,
                       tell=seen.tell, **asked)  # fmt: skip
    assert made == len(seen.told)
    return seen.told


def facts(path: Path) -> pd.DataFrame:
    """Return the rows of a table without what differs from run to run, in an order of their own."""
    return TableFile(path).read().drop(columns="seconds").sort_values(["genotype", "seed"], ignore_index=True)


def test_a_table_says_all_that_was_trained(built: Path, own: SearchSpace) -> None:
    table = Benchmark.load(built, space=own)
    assert table.complete and table.coverage.trained == 12 and table.coverage.replicated >= REPLICATED
    assert table.seeds("micro-smallest") == tuple(range(SEEDS))
    assert not table.rows.duplicated(["genotype", "seed"]).any()
    evaluator = training(own)()
    row = table.rows.iloc[-1]
    genotype = table.index.genotypes[table.index.row(row["genotype"])]
    trial = evaluator.evaluate(genotype, fidelity=8, seed=int(row["seed"]))
    assert {name: row[name] for name in trial.metrics} == {name: round(v, 5) for name, v in trial.metrics.items()}
    assert row["curve"] == " ".join(f"{step}:{percent:.5g}" for step, percent in trial.curve)
    assert row["seconds"] > 0 and pd.isna(row["error"])
    assert table.about["protocol"] == evaluator.protocol_text
    assert {"title", "date", "source", "licence", "citation", "rules", "machine", "versions"} <= set(table.about)
    assert table.about["columns"] == {name: dict(about) for name, about in COLUMNS.items()}


def test_torn_apart_and_by_two_workers_it_becomes_the_same_table(built: Path, own: SearchSpace, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    assert len(grow(own, path, limit=2)) == 2
    with path.open("ab") as file:
        file.write(b'"dozen:s1b1=k3_e3,s2b')  # killed while it wrote
    assert len(grow(own, path, stop_after=3)) == 3
    file, known = TableFile(path), TableFile(path).about.read_text()
    before = path.read_bytes()
    file.append(replace(training(own)().evaluate(find("micro-smallest"), fidelity=8, seed=2)))
    assert len(file.read()) == 6
    assert checksum(path) not in known, "killed between the row and the description of it"
    path.write_bytes(path.read_bytes()[: len(before)])  # that row is to be made by the plan
    left = grow(own, path, workers=2)
    assert left[-1] == 0
    assert grow(own, path) == [], "nothing is left to do"
    # in which order two workers end decides what was near the front for a while
    found, expected = (facts(each).set_index(["genotype", "seed"]) for each in (path, built))
    assert len(expected.index.difference(found.index)) <= 2 * SEEDS
    both = expected.index.intersection(found.index)
    assert len(both) >= SEEDS + 12 + (SEEDS - 1) * REPLICATED
    pd.testing.assert_frame_equal(found.loc[both], expected.loc[both])


def test_a_build_stopped_near_its_end_goes_on_and_says_what_is_to_come(
    built: Path, own: SearchSpace, tmp_path: Path
) -> None:
    path = copy(built, tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    planned = SEEDS + 12 + (SEEDS - 1) * REPLICATED
    assert len(lines) > 1 + planned + 1, "something was trained for being near the front alone"
    path.write_bytes(b"".join(lines[: 1 + planned + 1]))
    TableFile(path).describe(TableFile(built).description())
    told = grow(own, path)
    assert told and told[-1] == 0 and 0 not in told[:-1]
    pd.testing.assert_frame_equal(facts(path), facts(built))


def test_rows_that_a_killed_build_has_not_described_are_kept(built: Path, own: SearchSpace, tmp_path: Path) -> None:
    path = copy(built, tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:6]))
    small = tmp_path / "small.csv"
    small.write_bytes(b"".join(lines[:5]))
    about = TableFile(path).about
    about.write_text(about.read_text().replace(checksum(built), checksum(small)))
    with pytest.raises(InvalidFileError, match="If `benchmark build` was killed, run the same command again"):
        Benchmark.load(path, space=own)
    assert grow(own, path, limit=0) == []
    assert len(Benchmark.load(path, space=own).rows) == 5


def copy(built: Path, folder: Path) -> Path:
    for source in (built, built.with_suffix(".toml")):
        shutil.copy(source, folder / source.name)
    return folder / built.name


def test_rows_of_another_kind_are_refused(built: Path, own: SearchSpace, tmp_path: Path) -> None:
    path = copy(built, tmp_path)
    with pytest.raises(InvalidFileError, match=r"another protocol \(steps: 8, now 9\)"):
        grow(own, path, training=training(own, steps=9))
    changed = small_tables.space(tmp_path, small_tables.TEXT.replace('cite = "none"', 'cite = "nobody"'))
    with pytest.raises(InvalidFileError, match="another file of the search space"):
        grow(changed, path)
    path.write_text(path.read_text().replace(",0,", ",1,", 1))
    with pytest.raises(InvalidFileError, match="has been edited"):
        grow(own, path)
    path.with_suffix(".toml").unlink()
    with pytest.raises(InvalidFileError, match=r"table\.toml, which describes how the rows"):
        grow(own, path)


def test_a_failed_training_is_a_row_and_no_answer(own: SearchSpace, tmp_path: Path) -> None:
    how = training(own)
    wild = replace(how, protocol=replace(how.protocol, optimizer="sgd", learning_rate=1e30, loss="mse", sigma=1.5,
                                         schedule="cosine"))  # fmt: skip
    path = tmp_path / "wild.csv"
    assert len(grow(own, path, training=wild, limit=5)) == 5
    table = Benchmark.load(path, space=own)
    assert table.rows["error"].str.contains("diverged").all() and table.rows["val_pckh"].isna().all()
    trained = table.rows["genotype"].iloc[-1]
    answer = table.query(trained)
    assert answer.accuracy != answer.accuracy and answer.seconds > 0
    assert table.means().empty or table.means()["val_pckh"].isna().all()
    assert grow(own, path, training=wild, limit=0) == []


def test_people_who_are_not_there_end_a_build_in_one_line(own: SearchSpace, tmp_path: Path) -> None:
    how = replace(training(own), data=f"lspet:{tmp_path}/nowhere")
    with pytest.raises(NasbenchPoseError, match="nowhere"):
        grow(own, tmp_path / "table.csv", training=how)
    assert not (tmp_path / "table.csv").exists()


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"genotype,seed\n", b"a diary without an end", b"\xff\xfe\n"])
def test_other_files_are_no_tables_and_stay_as_they_are(content: bytes, own: SearchSpace, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    for trying in (TableFile(path).read, TableFile(path).begin, lambda: grow(own, path, limit=0)):
        with pytest.raises(InvalidFileError, match="is no benchmark table, and is left as it is"):
            trying()
    assert path.read_bytes() == content


@pytest.mark.parametrize("tail", [b'"dozen,0,1\n', b"\xff,0\n"])
def test_rows_that_cannot_be_read_are_said_in_a_line(tail: bytes, built: Path, tmp_path: Path) -> None:
    path = copy(built, tmp_path)
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(InvalidFileError, match="is no benchmark table") as caught:
        TableFile(path).read()
    assert "\n" not in str(caught.value)


def test_two_builds_at_a_time_are_one_too_many(own: SearchSpace, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with TableFile(path).lines.lock(), pytest.raises(InvalidFileError, match="Another process is adding to"):
        grow(own, path, limit=1)
    assert len(grow(own, path, limit=1)) == 1


def test_a_training_that_is_there_twice_is_refused(own: SearchSpace, tmp_path: Path) -> None:
    jobs = small_tables.whole(own)
    twice = small_tables.made_up(own, tmp_path, [*jobs, jobs[5]])
    with pytest.raises(InvalidFileError, match=f"1 rows more than once, such as genotype {jobs[5][0].text}, seed 0"):
        Benchmark.load(twice, space=own)


def test_a_table_that_lost_all_its_rows_is_not_begun_anew(built: Path, own: SearchSpace, tmp_path: Path) -> None:
    path = copy(built, tmp_path)
    about = TableFile(path).about.read_text()
    for lost in (lambda: path.write_bytes(b""), path.unlink):
        lost()
        with pytest.raises(InvalidFileError, match="its rows, 0 of them, are not those that"):
            grow(own, path, limit=1)
    assert TableFile(path).about.read_text() == about


def test_what_is_said_of_rows_stays_when_others_come(built: Path, own: SearchSpace, tmp_path: Path) -> None:
    path = copy(built, tmp_path)
    file = TableFile(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5]))
    about = {**file.description(), "machine": "a slide rule", "date": "1622-01-01", "versions": {"torch": "0.0"}}
    file.describe(about)
    assert grow(own, path, limit=0, plan=Plan(9, 0)) == []
    assert file.description() == {**about, "sha256": checksum(path)}, "nothing was added"
    assert len(grow(own, path, limit=1, plan=Plan(2, 5))) == 1
    now = file.description()
    assert now["date"] == "1622-01-01" and now["machine"].startswith("a slide rule; ")
    assert now["versions"]["torch"].startswith("0.0; ") and len(now["versions"]) > 1
    assert now["plan"] == {"seeds": SEEDS, "replicated": 5, "each": 1, "best": 0.0}


def test_pictures_that_fit_no_network_end_a_build_before_it_begins(own: SearchSpace, tmp_path: Path) -> None:
    how = training(own)
    odd = replace(how, protocol=replace(how.protocol, input=(50, 50)))
    with pytest.raises(ShapeError):
        grow(own, tmp_path / "table.csv", training=odd)
    assert not (tmp_path / "table.csv").exists()


def test_a_table_is_a_csv_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match=r"is a \.csv file"):
        TableFile(tmp_path / "table.toml")
    with pytest.raises(UnknownNameError, match="There is no file"):
        TableFile(tmp_path / "table.csv").checked()


def test_a_table_without_rows_is_a_table(tmp_path: Path, own: SearchSpace) -> None:
    grow(own, tmp_path / "table.csv", limit=0)
    table = Benchmark.load(tmp_path / "table.csv", space=own)
    assert (table.coverage.trained, table.complete) == (0, False)
    assert table.means()["val_pckh"].isna().all() and table.front().empty
    with pytest.raises(InvalidFileError, match="has not been trained yet; table has 0 of 12 genotypes"):
        table.query("largest")


def test_cells_survive_reading(tmp_path: Path) -> None:
    file = TableFile(tmp_path / "table.csv")
    file.begin()
    metrics = {"val_pckh": 12.3456789, "macs": 10**12 + 1}
    file.append(Trial(find("micro-smallest"), "p", 8, 3, metrics, 1.234, ((1, 10.0), (8, 12.345678))))
    file.append(Trial(find("micro-smallest"), "p", 8, 4, {}, 0.5, error='diverged, "inf"'))
    first, second = file.read().to_dict("records")
    assert (first["val_pckh"], first["macs"], first["seconds"]) == (12.34568, 10**12 + 1, 1.23)
    assert first["curve"] == "1:10 8:12.346" and second["error"] == 'diverged, "inf"'
