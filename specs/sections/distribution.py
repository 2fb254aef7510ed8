"""`train.distribution:`, the devices that a training is spread over."""

from typing import Literal, Self

from pydantic import model_validator

from specs.ops.base import Frozen


class Distribution(Frozen):
    """Each device has a copy of the model, a replica, and its share of every batch; gradients are summed over all."""

    over: Literal["devices", "workers"]
    """devices: all of this machine, its GPUs where it has some; workers: the processes that TF_CONFIG lists."""
    batch: Literal["global", "per_replica"] = "global"
    """What batch_size counts: the examples of a step on all replicas together, or on each of them."""
    scale_learning_rate: bool = False
    """Multiply the learning rate by the number of replicas, as the batch is (arXiv:1706.02677, section 2.1)."""

    @model_validator(mode="after")
    def _only_a_batch_that_grows(self) -> Self:
        if self.scale_learning_rate and self.batch == "global":
            raise ValueError("scale_learning_rate needs batch: per_replica; a global batch is as large on any number")
        return self
