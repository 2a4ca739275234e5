"""Settings of the network families."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.section import Count, Positive, Section, Share

Dropout = Annotated[float, Field(ge=0, lt=1)]
Channel = Literal[
    "prevalence",
    "ion_half",
    "ion",
    "ion_whole",
    "maximum",
    "log_maximum",
    "log_prevalence",
]


class MemberParams(Section):
    """One kind of network of an ensemble."""

    network: Literal[
        "dilated", "ion_attention", "convolution", "transformer", "recurrent"
    ]
    channels: tuple[Channel, ...] = Field(min_length=1)
    width: Count
    dropout: Dropout
    last_dropout: Dropout
    layers: Count | None = None

    @model_validator(mode="after")
    def _fits(self) -> MemberParams:
        if self.network == "dilated" and self.layers is not None:
            raise ValueError("a dilated network always has two layers: remove layers")
        if self.network != "dilated" and self.layers is None:
            raise ValueError(f"a {self.network} network needs layers")
        if self.network in ("ion_attention", "transformer") and self.width % 4:
            raise ValueError("width must be a multiple of the 4 attention heads")
        if self.network == "recurrent" and self.width % 2:
            raise ValueError("width must be even: half for each direction in time")
        return self

    def options(self) -> dict[str, float]:
        """Return the keyword arguments of the network."""
        options = {
            "width": self.width,
            "dropout": self.dropout,
            "last_dropout": self.last_dropout,
        }
        return options if self.layers is None else {**options, "layers": self.layers}


class NetworkParams(Section):
    """A family of networks."""

    low_celsius: float
    high_celsius: float
    bin_width_celsius: Positive
    gain_log2: float = Field(ge=0)
    mix_share: Share
    shift_celsius: float = Field(ge=0)
    generated_share: Share
    channel_dropout: Dropout
    optimizer: Literal["sgdp", "adamw"]
    learning_rate: Positive
    weight_decay: float = Field(ge=0)
    batch_size: Count
    epochs: Count
    views: Count
    members: tuple[MemberParams, ...] = Field(min_length=1)
    copies: Count

    @model_validator(mode="after")
    def _range(self) -> NetworkParams:
        if self.high_celsius - self.low_celsius < self.bin_width_celsius:
            raise ValueError(
                "high_celsius must lie at least bin_width_celsius above low_celsius"
            )
        return self
