"""Members of one kind trained in one step: each product is a batched product.

Only for the convolution network; measured to know whether it would pay.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.binned_run_network import BinnedRunNetwork
from models.input_channels import stack_channels
from models.network_layers import _gather


class MembersTogether:
    """Convolution networks of one shape with their weights stacked.

    Attributes
    ----------
    weights : dict[str, Tensor]
        Parameters and buffers of `BinnedRunNetwork`, each (n_members, ...).
    parameters : list[Tensor]
        Those to be trained.
    """

    def __init__(
        self, members: list[BinnedRunNetwork], product_dtype: torch.dtype
    ) -> None:
        parameters, buffers = torch.func.stack_module_state(list(members))
        self.parameters = list(parameters.values())
        self.weights: dict[str, Tensor] = {**parameters, **buffers}
        self.first, self.n_members = members[0], len(members)
        self.product_dtype = product_dtype

    def logits(self, bins: Tensor) -> Tensor:
        """Map (n_members, n_runs, n_mz, n_bins) to (n_members, n_runs, n_labels)."""
        x = stack_channels(bins.flatten(0, 1), self.first.channels)
        x = x.unflatten(0, (self.n_members, -1))
        x = (x - self.weights["centre"]) / self.weights["spread"]
        h = self._product("embed", x.permute(0, 1, 4, 2, 3).flatten(3))
        h = self._norm("norm_embedding", self._layer("drop_embedding")(h))
        h = h + self.weights["network.which_bin"][:, None]
        for number in range(len(list(self._layer("body.norms").children()))):
            h = h + self._convolve(h, number)
        h = self._layer("drop_bins")(self._norm("norm_last", h))
        attention = torch.softmax(self._float32_product("attention", h), dim=2)
        spoken = (attention * self._float32_product("value", h)).sum(dim=2)
        summary = torch.cat([h.mean(dim=2), h.amax(dim=2)], dim=2)
        summary = self._layer("drop_summary")(summary)
        return spoken + self._float32_product("logits", summary)

    def clip_gradients(self, largest: float) -> None:
        """Scale down the gradients of each member whose norm is above `largest`."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norms = [torch.linalg.vector_norm(g.flatten(1), dim=1) for g in gradients]
        total = torch.linalg.vector_norm(torch.stack(norms), dim=0)
        factor = (largest / (total + 1e-6)).clamp(max=1.0)
        for gradient in gradients:
            gradient *= factor.view(-1, *[1] * (gradient.ndim - 1))

    def _layer(self, name: str) -> nn.Module:
        return self.first.network.get_submodule(name)

    def _named(self, name: str) -> tuple[Tensor, Tensor]:
        weights = self.weights
        return weights[f"network.{name}.weight"], weights[f"network.{name}.bias"]

    def _convolve(self, x: Tensor, number: int) -> Tensor:
        normed = self._norm(f"body.norms.{number}", x).flatten(0, 1)
        taps = _gather(normed.to(self.product_dtype), 2**number, 1)
        taps = taps.unflatten(0, (self.n_members, -1))
        product = self._product(f"body.convolutions.{number}", taps)
        dropped: Tensor = self._layer(f"body.dropouts.{number}")(
            functional.gelu(product)
        )
        return dropped

    def _product(self, name: str, x: Tensor) -> Tensor:
        if self.product_dtype == torch.float32:
            return self._float32_product(name, x)
        weight, bias = self._named(name)
        rows = x.flatten(1, -2).to(self.product_dtype)
        product = torch.bmm(rows, weight.to(self.product_dtype).mT).float()
        return (product + bias[:, None]).unflatten(1, x.shape[1:-1])

    def _float32_product(self, name: str, x: Tensor) -> Tensor:
        weight, bias = self._named(name)
        product = torch.baddbmm(bias[:, None], x.flatten(1, -2), weight.mT)
        return product.unflatten(1, x.shape[1:-1])

    def _norm(self, name: str, x: Tensor) -> Tensor:
        weight, bias = self._named(name)
        inner = weight.shape[1:]
        outer = (self.n_members, *[1] * (x.ndim - 1 - len(inner)))
        normed = functional.layer_norm(x, inner)
        shape = (*outer, *inner)
        return torch.addcmul(bias.view(shape), normed, weight.view(shape))
