"""The size of a job's nets: an estimate of parameters, memory and time, and whether they fit."""

from collections.abc import Iterator
from typing import Final

from contract.responses import Estimate, FieldError
from learning.model import BYTES_PER_WEIGHT, MAX_WEIGHTS_BYTES
from learning.training.estimate import estimate_training
from service.jobs.candidate import JobCandidate
from service.jobs.target_validation import Finding

WARNING_MEMORY_SHARE: Final = 0.5
"""The share of the memory there is from which on a job is warned of."""


def estimate_job(job: JobCandidate, memory_bytes: int) -> Estimate:
    """The estimate of a job that may take `memory_bytes`.

    Raises:
        LayerMisfit: a layer does not fit what comes before it.
    """
    rows = max(job.net_rows, 1)
    cost = estimate_training(
        job.net_inputs, job.outputs, job.spec.layers, rows, job.spec.batch_size, memory_bytes=memory_bytes
    )
    spec = job.spec
    return Estimate(
        parameters=cost.parameters * spec.nets,
        memory_bytes=cost.memory_bytes,
        seconds_per_epoch=cost.seconds_per_epoch,
        seconds=cost.seconds_per_epoch * spec.epochs * spec.nets,
    )


def check_net_size(cost: Estimate, memory_bytes: int) -> Iterator[Finding]:
    """Whether the database can store the model, and there is as much memory as training needs."""
    need, have = f"about {cost.memory_bytes / 2**20:,.0f} MiB", f"{memory_bytes / 2**20:,.0f} MiB"
    model_bytes = BYTES_PER_WEIGHT * cost.parameters
    if model_bytes > MAX_WEIGHTS_BYTES:
        detail = (
            f"make a net of {cost.parameters:,} parameters, whose model would have {model_bytes:,} bytes of weights, "
            f"and one of at most {MAX_WEIGHTS_BYTES:,} can be stored; use fewer units or fewer features"
        )
        yield FieldError(pointer="#/layers", detail=detail, code="too_large_to_store", given=model_bytes)
    elif cost.memory_bytes > memory_bytes:
        detail = (
            f"make a net of {cost.parameters:,} parameters that needs {need} of memory to train, and {have} are "
            "available; use fewer units, a smaller batch_size, or fewer features"
        )
        yield FieldError(pointer="#/layers", detail=detail, code="too_large_for_memory", given=cost.memory_bytes)
    elif cost.memory_bytes > WARNING_MEMORY_SHARE * memory_bytes:
        yield f"Training needs {need} of memory, and {have} are available."
