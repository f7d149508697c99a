"""The checklist of Lindauer & Hutter (JMLR 21(243), 2020), answered from what is in a protocol card."""

import json
from collections.abc import Mapping
from typing import Any

QUESTIONS = {
    "1a": "code of the training pipeline is released",
    "1b": "code of the search space is released",
    "1c": "hyperparameters of the final evaluation and seeds are released",
    "1d": "code of the search methods is released",
    "1e": "hyperparameters of the search methods and seeds are released",
    "2a": "same benchmark for all: data, splits, space, training code",
    "2b": "confounding factors are controlled: hardware, versions, run times",
    "2c": "ablation studies",
    "2d": "same evaluation protocol for all",
    "2e": "performance is compared over time",
    "2f": "compared with random search",
    "2g": "several runs, with their seeds",
    "2h": "tabular or surrogate benchmarks for a closer look",
    "3a": "how hyperparameters were tuned, and at what cost",
    "3b": "time of the whole method, end to end",
    "3c": "all details of the setup",
}
"""Number of an item -> its question in short words; the authors' own are longer."""


def checklist(card: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return number, question, answer (`yes`, `no`, `not here`) and evidence of each item.

    `card` is that of `card.card_of`, as yet without its checklist.
    """
    fixed, around = card["reproducible"], card["circumstances"]
    answers = {**_released(fixed, around), **_compared(fixed), **_reported(fixed)}
    return [
        {"item": number, "question": question, "answer": answers[number][0], "evidence": answers[number][1]}
        for number, question in QUESTIONS.items()
    ]


Answers = dict[str, tuple[str, str]]
"""Number of an item -> answer and evidence."""


def _released(fixed: Mapping[str, Any], around: Mapping[str, Any]) -> Answers:
    commit = around["commit"] or ""
    code = f"nasbench-pose {around['versions']['nasbench-pose']}, Apache-2.0, commit {commit or 'unknown'}"
    released = ("no", f"{code}: files were modified") if commit.endswith("-dirty") else ("yes", code)
    foreign = [each["label"] for each in fixed["strategies"] if not each["built_in"]]
    return {
        "1a": released,
        "1b": ("yes", f"{fixed['space']['name']}, digest {fixed['space']['digest']}"),
        "1c": ("not here", "no network is trained finally; protocol and seeds of the trials are in this card"),
        "1d": ("no", f"of other packages: {', '.join(foreign)}") if foreign else released,
        "1e": ("yes", "all settings with their sources, and seeds, are in this card"),
    }


def _compared(fixed: Mapping[str, Any]) -> Answers:
    names, key, benchmark = (
        [each["name"] for each in fixed["strategies"]],
        fixed["protocol"]["key"],
        benchmark_of(fixed),
    )
    several = sorted({name for name in names if names.count(name) > 1})
    first, seeds = fixed["seeds"]["first"], fixed["seeds"]["count"]
    return {
        "2a": ("yes", f"protocol {key}"),
        "2b": ("yes", f"all trainings are {benchmark[0]}; the searches' own seconds are of one machine")
        if benchmark
        else ("no", "seconds are those of a machine and of what else ran on it"),
        "2c": ("yes", f"other settings of {', '.join(several)}") if several else ("no", "one setting of each method"),
        "2d": ("yes", f"protocol {key}; trials of two protocols are refused"),
        "2e": ("yes", "curves over trials and over core seconds"),
        "2f": ("yes", "random is among the strategies") if "random" in names else ("no", "random was not run"),
        "2g": ("yes", f"seeds {first} to {first + seeds - 1}") if seeds > 1 else ("no", "one seed"),
        "2h": ("yes", ", ".join(benchmark[1:])) if benchmark else ("no", "networks were measured"),
    }


def benchmark_of(fixed: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return where trainings are from, the name of the table or the sample, and its checksum; None without one."""
    if table := fixed["table"]:
        return f"those of {table['name']}", table["name"], f"checksum {table['sha256'][:16]}"
    try:
        document = json.loads(fixed["protocol"]["text"])
        first = document["combined"][0] if "combined" in document else document
        checksum = f"checksum {first['sha256'][:16]}"
        if "sample" in first:
            return f"predicted from {first['sample']}", f"a surrogate of {first['sample']}", checksum
        return f"those of {first['table']}", first["table"], checksum
    except (ValueError, TypeError, KeyError, IndexError):  # trainings, or the protocol of a plug-in
        return None


def _reported(fixed: Mapping[str, Any]) -> Answers:
    own = [each["label"] for each in fixed["strategies"] if each["changed"]]
    said = f"settings were given to {', '.join(own)}; what they were tuned on is not known"
    return {
        "3a": ("no", said) if own else ("yes", "nothing was tuned: all have the default settings"),
        "3b": ("yes", "core seconds of trainings and of the searches themselves"),
        "3c": ("yes", "this card and the database"),
    }
