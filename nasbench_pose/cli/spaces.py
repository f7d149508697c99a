"""`nasbench-pose spaces`: what search spaces there are, and what one of them lets you choose."""

import json

import click

from nasbench_pose.spaces import SearchSpace, load, names


@click.command()
@click.argument("space", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def spaces(space: str | None, as_json: bool) -> None:
    """List the search spaces, or show what one lets you choose.

    SPACE is a name or the path of a .toml file.
    """
    if space is None:
        listed = [load(name) for name in names()]
        click.echo(json.dumps([_summary(s) for s in listed]) if as_json else _list(listed))
    else:
        found = load(space)
        click.echo(json.dumps(_summary(found) | _details(found)) if as_json else _describe(found))


def _summary(space: SearchSpace) -> dict[str, object]:
    return {
        "name": space.name,
        "title": space.title,
        "kind": space.kind.name,
        "size": space.size,
        "input": list(space.input),
        "joints": space.joints,
        "named": list(space.named),
    }


def _details(space: SearchSpace) -> dict[str, object]:
    named = {name: genotype.text for name, genotype in space.named.items()}
    return {"cite": space.cite, "digest": space.digest, "genes": dict(space.genes), "named": named}


def _list(listed: list[SearchSpace]) -> str:
    width = max(len(space.name) for space in listed)
    rows = [f"{s.name:<{width}}  {s.kind.name:<9}{_count(s.size):>9}  {', '.join(s.named)}" for s in listed]
    return "\n".join([f"{'space':<{width}}  {'kind':<9}{'genotypes':>9}  named genotypes", *rows])


def _describe(space: SearchSpace) -> str:
    height, width = space.input
    genes = [f"  {gene:<14}{', '.join(map(str, options))}" for gene, options in space.genes.items()]
    named = [f"  {name:<25} {genotype.key}" for name, genotype in space.named.items()]
    return "\n".join(
        [
            f"{space.name}: {space.title}",
            f"{space.cite}",
            f"kind {space.kind.name}, {_count(space.size)} genotypes, input {height}×{width}, {space.joints} joints",
            "",
            "genes",
            *genes,
            "",
            "named genotypes and their keys",
            *named,
        ]
    )


def _count(size: int) -> str:
    return f"{size:,}" if size < 10**6 else f"{size:.1e}"
