"""Settings of where the work runs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.section import Section


class ComputeParams(Section):
    """Where the work runs."""

    workers: int = Field(ge=-1)
    backend: Literal["loky", "threading", "dask"]
    scheduler: str = Field(pattern=r"^((tcp|tls)://[^\s/:]+:\d+)?$")
    device: Literal["auto", "cpu", "cuda"]
    precision: Literal["auto", "float32", "bfloat16"]

    @model_validator(mode="after")
    def _some_workers(self) -> ComputeParams:
        if self.workers == 0:
            raise ValueError("workers must be >= 1, or -1 for one per core")
        return self

    @model_validator(mode="after")
    def _scheduler_of_a_cluster(self) -> ComputeParams:
        if self.backend == "dask" and not self.scheduler:
            raise ValueError(
                "backend dask needs the address of a scheduler, such as "
                "scheduler: tcp://host:8786"
            )
        # an address that nothing uses would look like a cluster at work
        if self.backend != "dask" and self.scheduler:
            raise ValueError("only backend dask uses a scheduler; empty it: ''")
        return self
