"""A contact sheet of people of the training split with their joints, to inspect the data."""

from dataclasses import replace
from pathlib import Path

from nasbench_pose import plots
from nasbench_pose.plots.people import COLUMNS, legend, sheet
from nasbench_pose.pose import source


def main(out: Path, budget: int = 6) -> Path:
    """Draw `budget` rows of eight training people into the folder `out`."""
    asked = source.Source.parse("synthetic")
    few = replace(asked, options={**asked.options, "train": COLUMNS * budget, "val": 0, "test": 0})
    people = source.load(few.text).train
    figure, ax = plots.figure(width=8.0, height=0.45 + len(people) / COLUMNS)
    title = f"Drawn people of seed {asked.options['seed']}: the first {len(people)} to train on\n{legend([people])}"
    sheet(people, ax).set_title(title, fontsize=9, loc="left")
    return plots.save(figure, out / "people_synthetic.svg")
