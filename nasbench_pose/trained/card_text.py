"""The card of a trained network as Markdown."""

from collections.abc import Mapping
from typing import Any

from nasbench_pose.metrics import metric


def card_text(card: Mapping[str, Any]) -> str:
    """Return the card for a person to read: what the network is, its numbers, and how it was trained."""
    people, joints = card["people"], card["joints"]
    known = {name: metric(name).called(card["protocol"]["metric"]) for name in card["metrics"]}
    numbers = [f"| {known[name].title} | {known[name].text(value)} |" for name, value in card["metrics"].items()]
    fields = (item for item in card["protocol"].items() if item[0] not in ("digests", "seeds", "version"))
    recipe = [f"| {name} | {value} |" for name, value in fields]
    versions = ", ".join(f"{name} {version}" for name, version in card["provenance"]["versions"].items())
    return "\n".join(
        [
            f"# {card['name']}",
            "",
            f"{card['title']}, seed {card['seed']}. Genotype `{card['genotype']}`, key `{card['key']}`.",
            "",
            "| measured | |", "|---|---|", *numbers,
            "",
            f"Trained on {people['train']:,} people of `{card['data']}`, chosen by {people['val']:,}, tested on "
            f"{people['test']:,}; {card['seconds']:.0f} seconds. It predicts {len(joints)} joints: "
            f"{', '.join(joints)}. Images are RGB, normalised by ImageNet's mean and deviation.",
            "",
            "| recipe | |", "|---|---|", *recipe,
            "",
            f"Made with {versions}: `{card['provenance']['command']}`",
            "",
        ]
    )  # fmt: skip
