"""Loss of the LDL-MLP: how wrong each label is, and whether labels belong together.

Source: the LDL-MLP interview of the second Mars Spectrometry challenge.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from models.correlation_grid_loss import correlation_grid_loss
from models.ldl_mlp import LdlMlpSettings


def ldl_loss(
    logits: Tensor, labels: Tensor, settings: LdlMlpSettings, noise: torch.Generator
) -> Tensor:
    """Return cross-entropy + hinge + correlation-grid loss of (n_rows, n_labels).

    The hinge is that of the logit: max(0, 1 - logit) for a present label and
    max(0, 1 + logit) for an absent one.
    """
    loss = functional.binary_cross_entropy_with_logits(logits, labels)
    if settings.hinge_weight > 0:
        margin = (2 * labels - 1) * logits
        loss = loss + settings.hinge_weight * (1 - margin).clamp(min=0).mean()
    if settings.grid_weight > 0:
        grid = correlation_grid_loss(labels, torch.sigmoid(logits), noise)
        loss = loss + settings.grid_weight * grid
    return loss
