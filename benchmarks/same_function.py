"""Whether a plain network and ours compute the same, given the same weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from benchmarks.plain_networks import PlainConvolution, PlainDilated, PlainIonAttention
from models.binned_run_network import BinnedRunNetwork

LARGEST_DIFFERENCE = 1e-4
ENCODER_NAMES = {
    "norm1": "norm_attention",
    "norm2": "norm_forward",
    "self_attn.out_proj": "join",
    "linear1": "widen",
    "linear2": "narrow",
}


def assert_same_function(
    plain: BinnedRunNetwork, ours: BinnedRunNetwork, bins: Tensor
) -> None:
    """Assert equal logits and gradients of the input, without dropout.

    Weights are drawn for the plain network and given to ours, in copies of both.

    Parameters
    ----------
    plain, ours : BinnedRunNetwork
        Around one of `plain_networks` and around its like in `models`, in float32.
    bins : (n_runs, n_mz, n_bins) float32
    """
    plain, ours = copy.deepcopy(plain).eval(), copy.deepcopy(ours).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in plain.parameters():  # norms and biases begin at ones and zeros
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.1)
        copy_weights(plain.network, ours.network)
    results = []
    for network in (plain, ours):
        inputs = bins.clone().requires_grad_()
        logits = network(inputs)
        (gradient,) = torch.autograd.grad(logits.square().sum(), inputs)
        results.append((logits.detach(), gradient / gradient.abs().max()))
    torch.testing.assert_close(*results, rtol=0, atol=LARGEST_DIFFERENCE)


def copy_weights(plain: nn.Module, ours: nn.Module) -> None:
    """Give `ours` the weights of `plain`, repeated and reordered as it needs them."""
    if isinstance(plain, PlainDilated):
        _copy_dilated(plain, ours)
    elif isinstance(plain, PlainConvolution):
        _copy_convolution_network(plain, ours)
    elif isinstance(plain, PlainIonAttention):
        _copy_ion_attention(plain, ours)
    else:
        raise TypeError(f"got {type(plain)}; expected one of the plain networks")


def _copy_dilated(plain: PlainDilated, ours: nn.Module) -> None:
    _copy_parallel(plain.first, ours)
    _copy_convolution(plain.second, ours, "second")
    for name in ("norm_first", "norm_second", "norm_across"):
        _copy_norm(plain.get_submodule(name), ours, name)
    _copy(plain.across_mz, ours, "across_mz")
    _copy(plain.logits, ours, "logits")
    # ours flattens (ion, step, channel)
    shape = (-1, plain.norm_across.num_channels, plain.n_steps)
    weight = plain.logits.weight.unflatten(1, shape).transpose(2, 3)
    ours.get_parameter("logits.weight").copy_(weight.flatten(1))


def _copy_convolution_network(plain: PlainConvolution, ours: nn.Module) -> None:
    ours.get_parameter("which_bin").copy_(plain.which_bin)
    names = ("embed", "norm_embedding", "norm_last", "attention", "value", "logits")
    for name in names:
        _copy(plain.get_submodule(name), ours, name)
    for number, norm in enumerate(plain.norms):
        _copy_norm(norm, ours, f"body.norms.{number}")
    for number, convolution in enumerate(plain.convolutions):
        _copy_convolution(convolution, ours, f"body.convolutions.{number}")


def _copy_ion_attention(plain: PlainIonAttention, ours: nn.Module) -> None:
    _copy_parallel(plain.first, ours)
    _copy_norm(plain.norm_first, ours, "norm_first")
    for name in ("to_token", "norm_last", "logits"):
        _copy(plain.get_submodule(name), ours, name)
    # ours flattens (step, channel)
    weight = plain.to_token.weight.unflatten(1, (-1, plain.n_steps)).transpose(1, 2)
    ours.get_parameter("to_token.weight").copy_(weight.flatten(1))
    for name in ("which_mz", "run_token"):
        ours.get_parameter(name).copy_(plain.get_parameter(name))
    for number, block in enumerate(plain.blocks):
        for name, other in ENCODER_NAMES.items():
            _copy(block.get_submodule(name), ours, f"blocks.{number}.{other}")
        for kind in ("weight", "bias"):
            source = block.get_parameter(f"self_attn.in_proj_{kind}")
            name = f"blocks.{number}.query_key_value.{kind}"
            ours.get_parameter(name).copy_(source)


def _copy(layer: nn.Module, ours: nn.Module, name: str) -> None:
    ours.get_submodule(name).load_state_dict(layer.state_dict())


def _copy_parallel(first: nn.Module, ours: nn.Module) -> None:
    for kind, ours_name, join in (
        ("weight", "first.kernels", torch.stack),
        ("bias", "first.bias", torch.cat),
    ):
        parts: list[Tensor] = [
            layer.get_parameter(kind)
            for layer in first.get_submodule("convolutions").children()
        ]
        ours.get_parameter(ours_name).copy_(join(parts))


def _copy_norm(norm: nn.Module, ours: nn.Module, name: str) -> None:
    """Repeat the weights of each channel over all steps; ours has channels last."""
    for kind in ("weight", "bias"):
        target, source = ours.get_parameter(f"{name}.{kind}"), norm.get_parameter(kind)
        target.copy_(source.repeat(target.numel() // len(source)).view(target.shape))


def _copy_convolution(convolution: nn.Module, ours: nn.Module, name: str) -> None:
    """Order the taps of (n_out, n_in, 3) as (n_out, 3 * n_in)."""
    weight = convolution.get_parameter("weight").transpose(1, 2).flatten(1)
    ours.get_parameter(f"{name}.weight").copy_(weight)
    ours.get_parameter(f"{name}.bias").copy_(convolution.get_parameter("bias"))
