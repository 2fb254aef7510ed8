"""How a list of steps is carried out; each expander gets it to run the bodies inside."""

from typing import Protocol

from specs.expand.builder import Tensor
from specs.step import Step


class Runner(Protocol):
    """Carries out steps on a tensor in a scope of names, and gives the tensor at their end."""

    def __call__(self, steps: tuple[Step, ...], current: Tensor, prefix: str) -> Tensor:
        """Tensor at the start → tensor at the end."""
