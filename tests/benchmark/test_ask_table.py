"""What a table answers, held against its rows: one by one, many at once, fronts and regrets."""

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_tables
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.shipped import shipped, table_of
from nasbench_pose.cost import table as costs
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import best_under, front
from nasbench_pose.spaces import SearchSpace, find, load

FIDELITIES = st.sampled_from([None, *range(1, small_tables.STEPS + 1)])
SEEDS = st.sampled_from([None, *range(small_tables.SEEDS)])


def rows_of(table: Benchmark, text: str, seed: int | None) -> pd.DataFrame:
    rows = table.rows[table.rows["genotype"] == text]
    return rows if seed is None else rows[rows["seed"] == seed]


def test_one_answer_is_what_the_rows_say(made_up: Benchmark) -> None:
    for genotype in made_up.index.genotypes:
        for seed in (None, *made_up.seeds(genotype)):
            rows = rows_of(made_up, genotype.text, seed)
            for split in ("val", "test"):
                answer = made_up.query(genotype, seed=seed, split=split)
                assert answer.accuracy == pytest.approx(rows[f"{split}_pckh"].mean())
                assert answer.seconds == pytest.approx(rows["seconds"].mean())
            points = [float(curve.split()[4].partition(":")[2]) for curve in rows["curve"]]
            half = made_up.query(genotype, 5, seed)
            assert half.accuracy == pytest.approx(np.mean(points))
            assert half.seconds == pytest.approx(rows["seconds"].mean() * 5 / small_tables.STEPS)


@given(st.integers(0, 2**32 - 1), FIDELITIES, SEEDS, st.sampled_from(["val", "test"]))
def test_many_are_answered_as_one_by_one(
    made_up: Benchmark, drawn: int, fidelity: int | None, seed: int | None, split: str
) -> None:
    codes = made_up.space.sample_codes(30, np.random.default_rng(drawn))
    if fidelity not in (None, small_tables.STEPS) and split == "test":
        with pytest.raises(InvalidFileError, match="Learning curves were measured on val"):
            made_up.query_many(codes, fidelity, seed, split=split)
        return
    many = made_up.query_many(codes, fidelity, seed, split=split)
    for genotype, *answer in zip(made_up.space.decode(codes), *many, strict=True):
        if seed is not None and seed not in made_up.seeds(genotype):
            assert np.isnan(answer).all()
        else:
            assert tuple(answer) == made_up.query(genotype, fidelity, seed, split=split)


def test_a_genotype_has_many_names(made_up: Benchmark) -> None:
    largest = made_up.space.named["largest"]
    names = (largest, largest.text, largest.key, "largest", f" {largest.text.replace(',', ', ')} ".strip())
    assert len({made_up.query(name) for name in names}) == 1
    assert made_up.query("micro-smallest") == made_up.query(find("micro-smallest").key)


def test_two_spellings_of_a_network_are_one(made_up: Benchmark) -> None:
    values = dict(made_up.space.complete(made_up.space.named["largest"]))
    early, late = ({**values, gene: "skip"} for gene in ("s2b2", "s2b3"))
    codes = [[options.index(spelt[gene]) for gene, options in made_up.space.genes.items()] for spelt in (early, late)]
    first, second = made_up.query_many(np.array(codes)).accuracy
    assert first == second == made_up.query(made_up.space.canonical(early)).accuracy


def test_the_front_is_that_of_the_rows(made_up: Benchmark) -> None:
    rows = made_up.rows[made_up.rows["genotype"].str.startswith("dozen:")]
    for split in ("val", "test"):
        column = f"{split}_pckh"
        means = rows.groupby("genotype", as_index=False)[["macs", "params", column]].mean()
        for cost in ("macs", "params"):
            expected = means[front(means, Objective(cost), Objective(column, maximise=True))]
            found = made_up.front(cost, split=split)
            assert set(found["genotype"]) == set(expected["genotype"])
            assert found[cost].is_monotonic_increasing and found[column].is_monotonic_increasing
            assert not {"val_pckh", "test_pckh"} - {column} & set(found.columns), "test only when it is asked for"


def test_means_are_of_every_metric_of_their_split(made_up: Benchmark) -> None:
    rows = made_up.rows[made_up.rows["error"].isna()].groupby("genotype")
    for split, there in (("val", {"val_pckh", "val_loss", "train_loss"}), ("test", {"test_pckh", "train_loss"})):
        found = made_up.means(split).set_index("genotype")
        assert there <= set(found) and not any(name.startswith("test" if split == "val" else "val") for name in found)
        for name in there:
            pd.testing.assert_series_equal(found[name].dropna().sort_index(), rows[name].mean().dropna())
            spread = found[f"{name}_spread"].dropna().sort_index()
            pd.testing.assert_series_equal(spread, rows[name].std().dropna(), check_names=False)


@pytest.mark.parametrize("split", ["val", "test"])
def test_regret_is_what_the_best_has_more(made_up: Benchmark, split: str) -> None:
    members = made_up.index.members
    codes = made_up.space.encode(members)
    means = [made_up.query(genotype, split=split).accuracy for genotype in members]
    regrets = made_up.regret(codes, split=split)
    assert regrets.min() == 0 and (regrets >= 0).all()
    np.testing.assert_allclose(regrets, max(means) - np.array(means))
    assert [made_up.regret(genotype, split=split) for genotype in members] == regrets.tolist()
    frame = made_up.means(split)[: len(members)]
    for limit in frame["macs"].sort_values().iloc[[0, 3, 8]]:
        best = best_under(frame, "macs", limit, Objective(f"{split}_pckh", maximise=True))
        assert made_up.regret(best["genotype"], macs_limit=limit, split=split) == 0
        within = made_up.regret(codes, macs_limit=limit, split=split)
        assert (np.isinf(within) == (frame["macs"] > limit).to_numpy()).all() and (within >= 0).all()


def test_what_a_table_does_not_have_is_said(made_up: Benchmark) -> None:
    once = next(genotype for genotype in made_up.index.members if made_up.seeds(genotype) == (0,))
    for asked, said in (
        (lambda: made_up.query(once, seed=1), "was trained with the seeds 0 only"),
        (lambda: made_up.query(once, seed=7), "Nothing was trained with seed 7; there are 0, 1, 2"),
        (lambda: made_up.query(once, 9), "No learning curve has a point after 9 steps; there are 1, 2,"),
        (lambda: made_up.query(once, split="vall"), "Did you mean 'val'"),
        (lambda: made_up.query(None), "or its text, key or name, is asked for, not a NoneType"),
        (lambda: made_up.query(np.zeros(6)), "is asked for, not a ndarray"),
        (lambda: made_up.query("micro-largest"), "belongs to 'efficientpose_micro', not to 'dozen'"),
        (lambda: made_up.query("micro-larges"), "Did you mean 'micro-largest'"),
        (lambda: made_up.query("dozen:w1=150"), "w1=150 is not in dozen; w1 is one of 100, 200"),
        (lambda: made_up.query_many([[0, 0, 0]]), r"of shape \(1, 3\)"),
        (lambda: made_up.query_many(np.zeros((1, 6))), "Encoded genotypes are float64"),
        (lambda: made_up.query_many([[0, 0, 0, 0, 0, 2]]), "An option index is out of range"),
        (lambda: made_up.query_many([[0, 0, 0, 0, 0, -1]]), "An option index is out of range"),
        (lambda: made_up.regret("micro-smallest"), "belongs to 'efficientpose_micro', not to 'dozen'"),
        (lambda: made_up.regret(once, macs_limit=10), "needs 10 MACs or less; 138688 is least"),
        (lambda: made_up.front("mac"), "Did you mean 'macs'"),
    ):  # fmt: skip
        with pytest.raises(NasbenchPoseError, match=said):
            asked()


def test_a_part_of_a_table_says_which(own: SearchSpace, tmp_path: Path) -> None:
    jobs = small_tables.whole(own)[:8]
    table = Benchmark.load(small_tables.made_up(own, tmp_path, jobs), space=own)
    assert not table.complete and str(table.coverage) == "5 of 12 genotypes, 0 of them with several seeds"
    assert repr(table) == f"<Benchmark made_up: {table.coverage}>"
    (tmp_path / "bare").mkdir()
    bare = Benchmark.load(small_tables.made_up(own, tmp_path / "bare", []), space=own)
    with pytest.raises(InvalidFileError, match="a baseline of dozen, has not been trained yet"):
        bare.query("micro-smallest")
    missing = table.index.members[-1]
    with pytest.raises(InvalidFileError, match="has not been trained yet; made_up has 5 of 12 genotypes"):
        table.query(missing)
    assert math.isnan(table.regret(missing)) and np.isnan(table.query_many(own.encode([missing])).accuracy).all()
    assert table.regret(own.encode([g for g, _ in jobs[3:]])).min() == 0
    assert len(table.front()) and table.means()["val_pckh"].notna().sum() == 6


def test_a_failed_training_is_never_the_best(own: SearchSpace, tmp_path: Path) -> None:
    path = small_tables.made_up(own, tmp_path, small_tables.whole(own)[:6])
    file = small_tables.TableFile(path)
    about = file.description()
    failed = list(own.enumerate())[5]
    file.append(Trial(failed, "p", small_tables.STEPS, 0, {}, 3.0, ((1, 2.0),), "diverged at step 2"))
    file.describe({name: value for name, value in about.items() if name not in ("sha256", "columns")})
    table = Benchmark.load(path, space=own)
    assert table.coverage.trained == 4 and math.isinf(table.regret(failed))
    answer = table.query(failed)
    assert math.isnan(answer.accuracy) and answer.seconds == 3.0
    assert failed.text not in set(table.front()["genotype"])


def test_a_file_that_is_not_as_it_was_made_is_refused(own: SearchSpace, tmp_path: Path) -> None:
    path = small_tables.made_up(own, tmp_path, small_tables.whole(own))
    content = path.read_text()
    path.write_text(content.replace("dozen:s1b1=k3_e3", "dozen:s1b1=k5_e6", 1))
    with pytest.raises(InvalidFileError, match="the checksums differ"):
        Benchmark.load(path, space=own)
    path.write_text(content)
    assert Benchmark.load(path, space=own).complete
    other = small_tables.space(tmp_path, small_tables.TEXT + "\n# changed\n")
    with pytest.raises(InvalidFileError, match=f"its digest was {own.digest} and is {other.digest} now"):
        Benchmark.load(path, space=other)
    with pytest.raises(InvalidFileError, match="was trained on synthetic, not on lspet: set --data synthetic"):
        Benchmark.load(path, "lspet", space=own)
    path.with_suffix(".toml").write_text(
        f'title = "T"\nsha256 = "{small_tables.TableFile(path).description()["sha256"]}"\n'
    )
    with pytest.raises(InvalidFileError, match=r"made_up\.toml has no space, space_digest, protocol"):
        Benchmark.load(path, space=own)
    path.with_suffix(".toml").write_text("title = ")
    with pytest.raises(InvalidFileError, match="is not valid TOML"):
        Benchmark.load(path, space=own)
    path.with_suffix(".toml").unlink()
    with pytest.raises(InvalidFileError, match=r"made_up\.toml, which describes how the rows"):
        Benchmark.load(path, space=own)


def test_a_row_of_no_member_is_found(own: SearchSpace, tmp_path: Path) -> None:
    path = small_tables.made_up(own, tmp_path, small_tables.whole(own))
    file, about = small_tables.TableFile(path), small_tables.TableFile(path).description()
    path.write_text(path.read_text().replace("w1=100", "w1=300", 1))
    file.describe({name: value for name, value in about.items() if name not in ("sha256", "columns")})
    with pytest.raises(InvalidFileError, match="which is no member of dozen"):
        Benchmark.load(path, space=own).query("largest")


def test_a_table_that_is_not_there_is_answered_with_those_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pose.benchmark.shipped.folder", lambda _: tmp_path)
    with pytest.raises(UnknownNameError, match="No benchmark table of 'dozen'; there are none"):
        table_of("dozen", None)
    for name in ("bench_dozen_synthetic.csv", "bench_dozen_lspet.csv", "bench_two_words_synthetic.csv", "other.csv"):
        (tmp_path / name).touch()
    assert {space: list(tables) for space, tables in shipped().items()} == {
        "dozen": ["lspet", "synthetic"], "two_words": ["synthetic"],
    }  # fmt: skip
    assert table_of("dozen", None).name == "bench_dozen_lspet.csv", "people on photographs come first"
    assert table_of("dozen", "synthetic").name == "bench_dozen_synthetic.csv"
    assert table_of("two_words", None).name == "bench_two_words_synthetic.csv"
    with pytest.raises(UnknownNameError, match=r"there are dozen \(lspet, synthetic\).* Did you mean 'dozen'"):
        table_of("dozn", None)
    with pytest.raises(UnknownNameError, match="Did you mean 'synthetic'"):
        table_of("dozen", "sinthetic")
    with pytest.raises(UnknownNameError, match="No benchmark table of 'dozen' on 'mpii'"):
        table_of("dozen", "mpii")


@pytest.mark.parametrize("path", [path for tables in shipped().values() for path in tables.values()], ids=str)
def test_the_tables_that_come_with_the_package_are_as_they_were_made(path: Path) -> None:
    table = Benchmark.load(path)
    assert path.stat().st_size < 20e6
    assert not table.rows.duplicated(["genotype", "seed"]).any()
    assert Protocol.parse(table.about["protocol"]).text == table.about["protocol"], "it can go on, and be checked"
    members = table.means()[: len(table.index.members)].dropna(subset="macs")
    counts = costs(table.space).count(table.space.encode(map(Genotype.parse, members["genotype"])))
    assert (members["macs"] == counts.macs).all() and (members["params"] == counts.params).all()


def test_many_answers_at_once_cost_far_less_than_one_by_one(tmp_path: Path) -> None:
    """Some two hundred times less on a quiet machine; benchmarks/queries.py measures how many a second."""
    micro = load("efficientpose_micro")
    table = Benchmark.load(small_tables.made_up(micro, tmp_path, [(g, 0) for g in micro.enumerate()]))
    codes = micro.sample_codes(100_000, np.random.default_rng(0))
    one, many = [], []
    for _ in range(5):
        started = time.process_time()
        for genotype in table.index.members:
            table.query(genotype)
        one.append((time.process_time() - started) / len(table.index.members))
        started = time.process_time()
        table.query_many(codes)
        many.append((time.process_time() - started) / len(codes))
    assert min(many) < min(one) / 20
