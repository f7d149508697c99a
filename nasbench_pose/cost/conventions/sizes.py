"""A size instead of operations: the output elements of convolutions."""

from nasbench_pose.cost.conventions.convention import FREE, Rules, same

ACTIVATIONS: Rules = {**FREE, "linear": {}, **same({"outputs": 1}, "conv", "conv_transpose")}
"""Elements of the outputs of all convolutions (Radosavovic et al., arXiv 2003.13678)."""
