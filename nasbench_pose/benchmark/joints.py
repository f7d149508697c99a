"""The number of joints that trained networks have, which is that of their data set, not that of their space."""

import pandas as pd

from nasbench_pose.cost import count
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace


def number_of_joints(rows: pd.DataFrame, space: SearchSpace, input: tuple[int, int]) -> int:
    """Return the joints of the networks in `rows`, which have the columns `genotype` and `params`.

    A network's parameters grow linearly with its joints, so those of one row tell. Without a row of `space` that any
    number of joints explains, the joints are those of the space.

    >>> from nasbench_pose.spaces import find, load
    >>> wider = count(find("micro-smallest"), joints=17)
    >>> rows = pd.DataFrame({"genotype": [find("micro-smallest").text], "params": [wider.params]})
    >>> number_of_joints(rows, load("efficientpose_micro"), (64, 64))
    17
    """
    known = rows[rows["genotype"].str.startswith(f"{space.name}:")] if {"genotype", "params"} <= set(rows) else rows[:0]
    known = known.dropna(subset=["params"]) if len(known) else known
    if known.empty:
        return space.joints
    genotype, params = Genotype.parse(known["genotype"].iloc[0]), int(known["params"].iloc[0])
    one, two = (count(space.graph(genotype, input=input, joints=joints)).params for joints in (1, 2))
    joints = 1 + (params - one) // (two - one)
    return joints if joints > 0 and (params - one) % (two - one) == 0 else space.joints
