"""How much each input of a network moves its logits, by integrated gradients.

The gradient is integrated along the straight line from the baseline, where all inputs
are 0, to the run. The contributions add up to the logit at the run minus that at the
baseline, up to the error of the integration. Source: Sundararajan, Taly and Yan 2017,
Axiomatic Attribution for Deep Networks, arXiv 1703.01365.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

# rows of one pass through a network; more would leave the caches of a core
_ROWS = 80


def integrated_gradients(
    network: Callable[[Tensor], Tensor], x: Tensor, labels: Sequence[int], steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Explain one run.

    Parameters
    ----------
    network : function
        (n_rows, *shape) -> logits (n_rows, n_labels).
    x : (*shape)
        The run's inputs; 0 is the baseline.
    labels : sequence of int
        Labels to explain.
    steps : int
        Points of the integration (Gauss-Legendre, on a scale that is dense near the
        baseline, where networks with layer norm turn quickly).

    Returns
    -------
    contributions : (n_labels, *shape)
    start : (n_labels,)
        Logits of the baseline.
    """
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    u, du = (nodes + 1) / 2, weights / 2
    # alpha = u^2, so d alpha = 2 u du
    alpha = torch.from_numpy((u**2).astype(np.float32)).to(x.device)
    share = torch.from_numpy((2 * u * du).astype(np.float32)).to(x.device)
    lead = (-1, *[1] * x.ndim)
    line = alpha.view(lead) * x
    per_pass = max(1, _ROWS // steps)
    contributions = []
    for first in range(0, len(labels), per_pass):
        some = list(labels[first : first + per_pass])
        rows = line.repeat(len(some), *[1] * x.ndim).requires_grad_()
        logits = network(rows)
        wanted = torch.tensor(some, device=logits.device).repeat_interleave(steps)
        (gradient,) = torch.autograd.grad(logits.gather(1, wanted[:, None]).sum(), rows)
        gradient = gradient.view(len(some), steps, *x.shape)
        weighted = gradient * share.view(1, -1, *[1] * x.ndim)
        contributions.append((weighted.sum(dim=1) * x).cpu().double().numpy())
    with torch.no_grad():
        start = network(torch.zeros_like(x)[None])[0, list(labels)]
    return np.concatenate(contributions), start.cpu().double().numpy()
