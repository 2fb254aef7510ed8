"""Numbers that may change after a training step was traced, because the step reads them from variables."""

import operator
from collections.abc import Callable
from typing import Any

OPERATORS = ("add", "sub", "mul", "truediv", "pow")


class Adjustable(float):
    """A number that Python takes for itself and that a traced TensorFlow function reads anew in each step.

    What Keras decides in Python (`if self.momentum != 0`) it decides with the number that was given first, so a new
    value has to lead to the same decisions. What it computes with Python's numbers (`1 - self.beta_1`) is computed in
    double precision in the step as well, so that the results are those of a plain number to the last bit.

    `read` gives the number as a scalar tensor of type float64.

    >>> rate = Adjustable(0.25, lambda: None)
    >>> rate > 0, 1 - rate, type(1 - rate).__name__
    (True, 0.75, 'Adjustable')
    """

    __slots__ = ("read",)

    dtype = float
    """Keras asks whatever it computes with for its type, and Python's float is the one that adapts to the others."""

    def __new__(cls, value: float, read: Callable[[], Any]) -> "Adjustable":
        return super().__new__(cls, value)

    def __init__(self, value: float, read: Callable[[], Any]) -> None:
        super().__init__()
        self.read = read

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        """The number as a tensor, as TensorFlow makes one of a float: of type float32 where none is asked for."""
        from zoo.backend import tensorflow

        return tensorflow.cast(self.read(), dtype or "float32", name=name)

    def __neg__(self) -> "Adjustable":
        return Adjustable(-float(self), lambda: -self.read())

    def __reduce__(self) -> tuple[type, tuple[float]]:
        # A copy of a layer, or what is saved of it, has the number alone.
        return float, (float(self),)


def _of_two(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The function of two numbers as one that is read anew; tensors compute with such a number by themselves."""

    def compute(left: Any, right: Any) -> Any:
        if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
            return NotImplemented
        return Adjustable(function(float(left), float(right)), lambda: function(_read(left), _read(right)))

    return compute


def _read(number: float) -> Any:
    if isinstance(number, Adjustable):
        return number.read()
    from zoo.backend import tensorflow

    return tensorflow.constant(number, "float64")


for _name in OPERATORS:
    _compute = _of_two(getattr(operator, _name))
    setattr(Adjustable, f"__{_name}__", _compute)
    setattr(Adjustable, f"__r{_name}__", lambda right, left, compute=_compute: compute(left, right))
