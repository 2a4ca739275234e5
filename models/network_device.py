"""Where networks run and what they multiply in."""

from __future__ import annotations

from typing import Literal

import torch


def choose_device(wanted: Literal["auto", "cpu", "cuda"]) -> str:
    """Return "cuda" or "cpu"; `auto` takes a GPU if there is one.

    Raises
    ------
    ValueError
        A GPU is asked for and there is none.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise ValueError("device cuda: this machine has no GPU that torch can use")
    return "cuda" if available and wanted != "cpu" else "cpu"


def choose_product_dtype(
    wanted: Literal["auto", "float32", "bfloat16"], device: str
) -> torch.dtype:
    """Return the type of matrix products; sums and weights are float32 anyway.

    `auto` is bfloat16 where the processor multiplies it in hardware.
    """
    if wanted != "auto":
        return getattr(torch, wanted)
    if device == "cuda":
        fast = torch.cuda.is_bf16_supported()
    else:
        abilities = torch.cpu.get_capabilities()
        fast = abilities.get("amx_bf16", False) or abilities.get("avx512_bf16", False)
    return torch.bfloat16 if fast else torch.float32
