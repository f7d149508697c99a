"""The shape of the package: what may import what, how long files are, and what they may be called."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "nasbench_pose"
MODULES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = ("nasbench_pose", "analysis", "benchmarks", "tests")
OURS = sorted(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*.py"))

LAYERS = (
    ("errors", "files", "hashing", "large_numbers", "notebooks", "shape"),
    ("scalar",),
    ("genotype", "metric", "plugins"),
    ("metrics",),  # the catalogue
    ("objective",),
    ("graph",),
    ("spaces",),
    ("cost", "network", "pose"),
    ("evaluators",),
    ("latency", "oneshot", "proxies"),  # evaluators of milliseconds, of members of supernets, of untrained networks
    ("surrogates",),
    ("strategies",),  # differentiable ones train, with the evaluators' batches and optimisers
    ("store",),
    ("executors",),  # of trials: processes, clusters, workers of a shared database
    ("trained",),  # folders of trained networks, with the provenance that databases keep
    ("search",),
    ("testing",),  # contracts that plug-ins of other packages inherit
    ("pareto",),
    ("stats", "reference"),
    ("benchmark",),
    ("devices",),  # latencies that were measured once, looked up
    ("measurements",),  # every evaluator by its name
    ("predictors",),
    ("plots",),
    ("report",),
    ("reproduce",),  # experiments of papers: strategies, trainings, tests and planes
    ("shortcuts",),
    ("cli",),
    ("__main__", "__init__"),  # the package itself offers, lazily, what notebooks use
)
"""A module imports only from its own package and from the lines before its own."""

POSITION = {part: line for line, layer in enumerate(LAYERS) for part in layer}

ANYBODYS_FRAME = {
    "pareto": {"errors", "metrics", "objective"},
    "stats": {"errors", "scalar", "metrics", "objective", "pareto"},
    "reference": {"errors", "files", "genotype", "graph", "spaces", "cost"},  # it recounts published costs
}
"""These work on any DataFrame, wherever it came from: they know nothing of searches."""


def package_of(module: Path) -> str:
    """Name the part of nasbench_pose that `module` belongs to: `cost` for cost/table.py, `errors` for errors.py."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(module: Path) -> Iterator[str]:
    """Yield the part of nasbench_pose that each import in `module` names, those inside functions included."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: a relative import hides which layer it reaches"
            dotted = (
                [node.module]
                if node.module != "nasbench_pose"
                else [f"nasbench_pose.{name.name}" for name in node.names]
            )
        elif isinstance(node, ast.Import):
            dotted = [name.name for name in node.names]
        else:
            continue
        yield from (
            name.split(".")[1] for name in dotted if name and name.startswith("nasbench_pose.") and "__" not in name
        )


def may_import(part: str) -> set[str]:
    """Return what the modules of `part` may import: itself and every layer before its own."""
    before = {other for other in POSITION if POSITION[other] < POSITION[part]}
    return {part} | ANYBODYS_FRAME.get(part, before)


def test_every_part_has_a_place_in_the_layers() -> None:
    assert {package_of(module) for module in MODULES} == set(POSITION)


@pytest.mark.parametrize("part", POSITION)
def test_modules_import_only_downwards(part: str) -> None:
    modules = [module for module in MODULES if package_of(module) == part]
    found = {str(module.relative_to(ROOT)): sorted(set(imports(module)) - may_import(part)) for module in modules}
    upwards = {module: parts for module, parts in found.items() if parts}
    assert not upwards, f"these stand beside or below what imports them: {upwards}"


def test_an_import_is_seen_wherever_it_hides(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    inside = "    from nasbench_pose import store\n    import nasbench_pose.search.loop\n"
    module.write_text(f"import nasbench_pose.cli\ndef f():\n{inside}")
    assert set(imports(module)) == {"cli", "store", "search"}
    assert not {"cli", "store", "search"} & may_import("cost")


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_stay_short_and_say_what_they_hold(folder: str) -> None:
    files = [path for path in OURS if path.is_relative_to(ROOT / folder)]
    assert files
    long = [str(path) for path in files if len(path.read_text().splitlines()) > 300]
    assert not long, "a file that grows is two ideas"
    vague = [str(path) for path in files if path.stem in {"utils", "helpers", "manager", "misc"}]
    assert not vague, "a name that fits everything says nothing"


@pytest.mark.parametrize("folder", FOLDERS)
def test_functions_stay_short(folder: str) -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in OURS
        if path.is_relative_to(ROOT / folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and lines_of_code(node) > 40
    ]
    assert not long, f"more than 40 lines: {', '.join(long)}"


def lines_of_code(function: ast.FunctionDef) -> int:
    """Count the lines of the body without the docstring."""
    body = function.body[ast.get_docstring(function) is not None :]
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_everything_that_is_ours_is_type_checked() -> None:
    checked = next(line for line in (ROOT / "setup.cfg").read_text().splitlines() if line.startswith("files = "))
    with_python = {path.parent.name for path in ROOT.glob("*/*.py")} - {"tests", "benchmarks"}
    assert with_python <= set(checked.removeprefix("files = ").split(", ")), "mypy leaves something out: see setup.cfg"


def modules_imported(module: Path) -> set[Path]:
    """Return the files of nasbench_pose that the imports of `module` name, those inside functions included.

    Imports for type checking only do not run, so they are left out.
    """
    tree = ast.parse(module.read_text())
    typing = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in (node for node in ast.walk(tree) if node not in typing):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
    found = set()
    for name in names:
        place = ROOT / name.replace(".", "/")
        found |= {file for file in (place.with_suffix(".py"), place / "__init__.py") if file in MODULES}
    return found - {module}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: modules_imported(module) - {PACKAGE / "__init__.py"} for module in MODULES}
    for module in MODULES:  # a module of a package may import others of it: its own __init__ only collects names
        graph[module].discard(module.parent / "__init__.py")
    assert PACKAGE / "metrics.py" in graph[PACKAGE / "objective.py"]
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " → ".join(str(path.relative_to(PACKAGE)) for path in error.args[1])
        pytest.fail(f"modules import each other: {circle}")
