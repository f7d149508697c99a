"""The dominant eigenvalue of the Hessian of the validation loss by the choices.

It rises before the derived networks get worse (Zela et al., R-DARTS, arXiv 1909.09656).
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

TOLERANCE = 1e-2
"""Relative accuracy of the eigenvalue; the stopping rule compares it with 1.3 times another one."""


def dominant_eigenvalue(loss: Tensor, logits: Mapping[str, Tensor]) -> float:
    """Return the eigenvalue of largest magnitude of ∂²loss/∂logits², by Lanczos iterations on exact products.

    >>> point = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> round(dominant_eigenvalue((torch.tensor([1.0, -4.0, 2.0]) * point.square()).sum() / 2, {"a": point}), 4)
    -4.0
    """
    values = list(logits.values())
    first = torch.autograd.grad(loss, values, create_graph=True, allow_unused=True)
    known = [(value, part) for value, part in zip(values, first, strict=True) if part is not None]
    slope = torch.cat([part for _, part in known])

    def product(direction: NDArray[np.float64]) -> NDArray[np.float64]:
        along = torch.from_numpy(np.asarray(direction).reshape(-1)).to(slope.dtype)
        found = torch.autograd.grad(
            slope, [value for value, _ in known], along, retain_graph=True, materialize_grads=True
        )
        return torch.cat(found).double().numpy()

    size = len(slope)
    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    start = np.ones(size) / np.sqrt(size) + 1e-3 * np.arange(size)  # fixed: the same logits give the same number
    return float(eigsh(operator, k=1, which="LM", v0=start, tol=TOLERANCE, return_eigenvectors=False)[0])
