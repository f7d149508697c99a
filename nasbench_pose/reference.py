"""The tables of `results/`, published and measured numbers with their provenance, as typed DataFrames."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path

import pandas as pd

from nasbench_pose.cost import CONVENTIONS
from nasbench_pose.cost.inventory import Inventory
from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.files import folder
from nasbench_pose.spaces import find, load

TYPES = {"text": "str", "integer": "Int64", "number": "float64", "flag": "boolean"}
"""Type of a column in a table's TOML file -> dtype in the frame. A flag is Y or N."""

JOINTS = {"MPII": 16, "COCO": 17}

_VARIANTS = {
    "EfficientPose-A": ("",),
    "EfficientPose-B": ("",),
    "EfficientPose-C": ("",),
    "HRNet-W32": ("", " (mmpose)", " (Paddle)", " (scratch)", " (EvoPose2D re-impl, scratch)", "+DARK", "+FPD"),
    "HRNet-W48": ("", " (mmpose)", "+DARK", "+AIC"),
    "SimpleBaseline-R50": ("", " (mmpose)", "+DARK"),
    "SimpleBaseline-R101": ("", " (mmpose)", "+DARK"),
    "SimpleBaseline-R152": ("", " (mmpose)", "+DARK"),
}
# Left out because the network differs: +UDP and +SimDR (other heads), -caffe (other strides), and EvoPose2D's
# SimpleBaseline, which prints 5.21 G where the original has 5.43.

NETWORKS = {name + variant: name for name, variants in _VARIANTS.items() for variant in variants}
"""Published model -> our named genotype, for every model whose network we build exactly; training does not matter."""


def tables() -> list[str]:
    """Return the names of the tables in `results/`.

    >>> "published" in tables()
    True
    """
    return sorted(path.stem for path in folder("results").glob("*.csv"))


def table(name: str) -> pd.DataFrame:
    """Return a table of `results/` with the types that its TOML file declares; `frame.attrs` holds the provenance.

    Raises UnknownNameError for a table that does not exist, InvalidFileError for a column that differs from its
    declaration.

    >>> costs = table("official_costs")
    >>> int(costs.set_index("model").loc["HRNet-W32", "macs"].iloc[0])
    7645003776
    >>> costs.attrs["title"]
    'Costs of the official implementations, counted by seven counters'
    """
    path = pick("table", name, {known: folder("results") / f"{known}.csv" for known in tables()})
    provenance = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
    frame = _read(path, provenance["columns"])
    frame.attrs.update(table=name, **provenance)
    return frame


def published(
    *,
    dataset: str | None = None,
    split: str | None = None,
    input: tuple[int, int] | None = None,
    role: str | None = None,
    paradigm: str | None = None,
) -> pd.DataFrame:
    """Return published accuracies and costs, filtered by data set, split, input (height, width), role and paradigm.

    `results/published.toml` defines the columns. A cost is per person for top-down networks and per image for the
    others: do not compare the two. Raises UnknownNameError for a filter value that no row has.

    >>> rows = published(dataset="COCO", split="val2017", input=(256, 192), role="primary").set_index("model")
    >>> rows.loc[["HRNet-W32", "SimpleBaseline-R50"], ["value", "cost", "convention"]].to_numpy().tolist()
    [[74.4, 7.1, 'hrnet'], [70.4, 8.9, 'hrnet']]
    """
    frame = table("published")
    for column, value in (("dataset", dataset), ("split", split), ("role", role), ("paradigm", paradigm)):
        if value is not None:
            frame = frame[frame[column] == pick(column, value, {known: known for known in frame[column].unique()})]
    if input is not None:
        frame = frame[(frame["input_height"] == input[0]) & (frame["input_width"] == input[1])]
    return frame


def recounted(frame: pd.DataFrame, *, convention: str = "macs") -> pd.DataFrame:
    """Return published rows with their costs recounted under one convention where this package builds the network.

    Adds `macs` (exact; missing for other networks), `giga_plotted` (the cost in the convention's G if counted, else as
    published) and `cost_source` (`counted`, else the convention of the published cost).

    >>> rows = published(dataset="COCO", split="val2017", input=(256, 192), role="primary")
    >>> recounted(rows).set_index("model").loc[["HRNet-W32", "SimpleBaseline-R50"], "giga_plotted"].round(2).tolist()
    [7.65, 5.43]
    """
    giga = pick("convention", convention, CONVENTIONS).giga
    counts = counted(frame, "macs", convention)
    plotted = (counts[convention] / giga).astype("Float64").fillna(frame["cost"]).astype("float64")
    source = frame["convention"].mask(counts[convention].notna(), "counted")
    return frame.assign(macs=counts["macs"], giga_plotted=plotted, cost_source=source)


def counted(frame: pd.DataFrame, *conventions: str) -> pd.DataFrame:
    """Return our count of each published row under some conventions, one column each; missing for other networks.

    >>> rows = published(dataset="COCO", split="val2017", input=(256, 192), role="primary")
    >>> counted(rows[rows["model"] == "HRNet-W32"], "macs", "hrnet").iloc[0].tolist()
    [7645003776, 7645003776]
    """
    identity = frame[["model", "dataset", "input_height", "input_width"]]
    built = identity["model"].isin(list(NETWORKS)) & identity.notna().all(axis=1)
    found = [_inventory(NETWORKS[model], *rest) for model, *rest in identity[built].itertuples(index=False, name=None)]
    return pd.DataFrame(
        {name: pd.Series([each.count(name) for each in found], frame.index[built], "Int64") for name in conventions},
        index=frame.index,
    )


def decoded() -> pd.DataFrame:
    """Return the published costs of networks that this package builds, with the conventions that explain each number.

    Adds to `published()`: `network` (our name), `printed` (the cost as printed), `giga_<convention>` (our count in each
    convention's own G), `rounded` and `truncated` (the conventions whose count gives the printed number when it is
    rounded or truncated, separated by spaces).

    >>> rows = decoded().set_index(["model", "convention", "printed"])
    >>> rows.loc[("SimpleBaseline-R50", "hrnet", "8.9"), ["rounded", "truncated"]].iloc[0].tolist()
    ['', 'hrnet']
    """
    frame = published().assign(printed=pd.read_csv(folder("results") / "published.csv", dtype="str")["cost"])
    frame = frame[frame["model"].isin(list(NETWORKS))].dropna(subset=["cost", "input_height", "input_width"])
    frame.insert(0, "network", frame["model"].map(NETWORKS))
    identity = ["network", "dataset", "input_height", "input_width"]
    networks = frame[identity].drop_duplicates()
    counts = [_count_all(*row) for row in networks.itertuples(index=False, name=None)]
    frame = frame.merge(pd.concat([networks.reset_index(drop=True), pd.DataFrame(counts)], axis=1), on=identity)
    giga = frame[[f"giga_{name}" for name in CONVENTIONS]].to_numpy()
    matches = [_matches(printed, row) for printed, row in zip(frame["printed"], giga, strict=True)]
    return frame.assign(rounded=[rounded for rounded, _ in matches], truncated=[cut for _, cut in matches])


def _count_all(network: str, dataset: str, height: int, width: int) -> dict[str, float]:
    """Return the cost under every convention, in its own G."""
    found = _inventory(network, dataset, height, width)
    return {f"giga_{name}": found.count(name) / convention.giga for name, convention in CONVENTIONS.items()}


def _matches(printed: str, giga: Iterable[float]) -> tuple[str, str]:
    """Return the conventions that give the printed number by rounding, and the others that do by truncation."""
    unit = Decimal(printed)
    exact = dict(zip(CONVENTIONS, map(Decimal, giga), strict=True))
    rounded = [name for name, value in exact.items() if value.quantize(unit, ROUND_HALF_UP) == unit]
    cut = [name for name, value in exact.items() if value.quantize(unit, ROUND_DOWN) == unit and name not in rounded]
    return " ".join(rounded), " ".join(cut)


@lru_cache(maxsize=64)
def _inventory(network: str, dataset: str, height: int, width: int) -> Inventory:
    """Return the calls of a network; several models and conventions share one, which takes 10 ms to build."""
    genotype = find(network)
    return Inventory.of(load(genotype.space).graph(genotype, input=(int(height), int(width)), joints=JOINTS[dataset]))


def _read(path: Path, columns: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    header = list(pd.read_csv(path, nrows=0).columns)
    if odd := sorted(set(header) ^ set(columns)):
        raise InvalidFileError(f"{path.name} and {path.stem}.toml do not describe the same columns: {', '.join(odd)}.")
    dtypes = {column: pick("column type", columns[column]["type"], TYPES) for column in header}
    try:
        return pd.read_csv(
            path, dtype=dtypes, keep_default_na=False, na_values=[""], true_values=["Y"], false_values=["N"]
        )
    except ValueError as error:
        raise InvalidFileError(f"{path.name} holds a cell that is not of its column's type: {error}.") from None
