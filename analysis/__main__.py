"""Make the figures and tables of the docs: `python -m analysis [--out FOLDER] [STUDY …]`."""

import argparse
from importlib import import_module
from pathlib import Path

STUDIES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py")))


def main() -> None:
    """Run the studies named on the command line, or all studies."""
    parser = argparse.ArgumentParser(prog="python -m analysis", description="Make the figures and tables of the docs.")
    parser.add_argument("studies", metavar="STUDY", nargs="*", help=f"default: all; there are {', '.join(STUDIES)}")
    parser.add_argument("--out", type=Path, default=Path("docs/figures"), help="folder; default: %(default)s")
    parser.add_argument("--budget", type=int, help="how much work to spend; default: what the docs' figures took")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.studies) - set(STUDIES)):
        parser.error(f"no study named {unknown[0]!r}; there are {', '.join(STUDIES)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    effort = {} if asked.budget is None else {"budget": asked.budget}
    for study in asked.studies or STUDIES:
        print(f"{study} …", flush=True)
        import_module(f"analysis.{study}").main(asked.out, **effort)


if __name__ == "__main__":
    main()
