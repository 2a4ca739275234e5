"""Settings of networks: what fits together and what is refused."""

import inspect

import pytest
from pydantic import ValidationError

from models.input_channels import CHANNELS
from models.network import NETWORKS
from pipeline.network_params import Channel, MemberParams, NetworkParams

MEMBER = {
    "network": "convolution",
    "channels": ["maximum"],
    "width": 8,
    "layers": 2,
    "dropout": 0.1,
    "last_dropout": 0.5,
}
SECTION = {
    "low_celsius": 0.0,
    "high_celsius": 1100.0,
    "bin_width_celsius": 25.0,
    "gain_log2": 0.6,
    "mix_share": 0.5,
    "shift_celsius": 20.0,
    "generated_share": 0.0,
    "channel_dropout": 0.2,
    "optimizer": "adamw",
    "learning_rate": 0.002,
    "weight_decay": 0.01,
    "batch_size": 16,
    "epochs": 8,
    "views": 4,
    "members": [MEMBER],
    "copies": 1,
}


def member(**changes: object) -> MemberParams:
    content = {**MEMBER, **changes}
    return MemberParams.model_validate(
        {key: value for key, value in content.items() if value is not None}
    )


@pytest.mark.parametrize("network", NETWORKS)
def test_the_options_of_a_member_build_its_network(network: str) -> None:
    params = member(network=network, layers=None if network == "dilated" else 2)
    # a name that is allowed here and unknown there would fail hours into a run
    built = NETWORKS[network](1, 5, 6, 2, **params.options())
    assert built.get_parameter("logits.bias").shape == (2,)
    assert set(params.options()) <= set(inspect.signature(NETWORKS[network]).parameters)


def test_networks_and_channels_are_those_of_the_models() -> None:
    names = MemberParams.model_fields["network"].annotation
    # each list is written down twice
    assert set(names.__args__) == set(NETWORKS)
    assert set(Channel.__args__) == set(CHANNELS)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"network": "dilated"}, "a dilated network always has two layers"),
        ({"layers": None}, "a convolution network needs layers"),
        ({"network": "transformer", "width": 10}, "multiple of the 4 attention heads"),
        ({"network": "ion_attention", "width": 9}, "multiple of the 4 attention heads"),
        ({"network": "recurrent", "width": 9}, "width must be even"),
        ({"network": "perceptron"}, "'dilated', 'ion_attention'"),
        ({"channels": []}, "at least 1 item"),
        ({"channels": ["mass"]}, "'prevalence', 'ion_half'"),
        ({"dropout": 1.0}, "less than 1"),
        ({"last_dropout": -0.1}, "greater than or equal to 0"),
        ({"width": 0}, "greater than or equal to 1"),
        ({"layers": 0}, "greater than or equal to 1"),
        ({"depth": 3}, "Extra inputs"),
    ],
)
def test_members_that_can_not_be_built_are_refused(
    changes: dict[str, object], expected: str
) -> None:
    # the message must say what would do
    with pytest.raises(ValidationError, match=expected):
        member(**changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"high_celsius": 10.0}, "at least bin_width_celsius above low_celsius"),
        ({"high_celsius": float("inf")}, "finite number"),
        ({"bin_width_celsius": 0.0}, "greater than 0"),
        ({"mix_share": 1.5}, "less than or equal to 1"),
        ({"channel_dropout": 1.0}, "less than 1"),
        ({"gain_log2": -1.0}, "greater than or equal to 0"),
        ({"shift_celsius": -1.0}, "greater than or equal to 0"),
        ({"optimizer": "adam"}, "'sgdp' or 'adamw'"),
        ({"learning_rate": 0.0}, "greater than 0"),
        ({"weight_decay": -0.1}, "greater than or equal to 0"),
        ({"batch_size": 0}, "greater than or equal to 1"),
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"views": 0}, "greater than or equal to 1"),
        ({"copies": 0}, "greater than or equal to 1"),
        ({"members": []}, "at least 1 item"),
    ],
)
def test_sections_that_can_not_be_trained_are_refused(
    changes: dict[str, object], expected: str
) -> None:
    with pytest.raises(ValidationError, match=expected):
        NetworkParams.model_validate({**SECTION, **changes})


@pytest.mark.parametrize("key", SECTION)
def test_every_key_is_needed(key: str) -> None:
    content = {name: value for name, value in SECTION.items() if name != key}
    # a default would hide from params.yaml what was trained
    with pytest.raises(ValidationError, match=key):
        NetworkParams.model_validate(content)


def test_one_bin_is_enough_and_values_stay() -> None:
    section = NetworkParams.model_validate({**SECTION, "high_celsius": 25.0})
    assert section.members == (member(),)
    # settings are part of what results are cached by
    with pytest.raises(ValidationError, match="frozen"):
        section.epochs = 9
