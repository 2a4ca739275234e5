"""Where networks run: what is asked for is what is chosen, or refused."""

import pytest
import torch

from models.network_device import choose_device, choose_product_dtype

HAS_GPU = torch.cuda.is_available()


def test_the_processor_can_always_be_asked_for() -> None:
    assert choose_device("cpu") == "cpu"


def test_auto_takes_a_gpu_if_there_is_one() -> None:
    assert choose_device("auto") == ("cuda" if HAS_GPU else "cpu")


def test_a_gpu_that_is_not_there_is_refused() -> None:
    if HAS_GPU:
        assert choose_device("cuda") == "cuda"
        return
    # silently training for days on a processor is not what was asked for
    with pytest.raises(ValueError, match="device cuda: this machine has no GPU"):
        choose_device("cuda")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_named_type_is_taken_on_any_machine(dtype: torch.dtype) -> None:
    name = str(dtype).removeprefix("torch.")
    # results of another machine can be repeated, if slowly
    assert choose_product_dtype(name, "cpu") == dtype


def test_auto_is_bfloat16_only_in_hardware() -> None:
    abilities = torch.cpu.get_capabilities()
    fast = any("bf16" in name and able for name, able in abilities.items())
    chosen = choose_product_dtype("auto", "cpu")
    # emulated bfloat16 is slower than float32
    assert chosen in ((torch.bfloat16, torch.float32) if fast else (torch.float32,))
    assert choose_product_dtype("auto", choose_device("auto")).is_floating_point
