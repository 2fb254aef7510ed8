"""Numbers that a step compiled by JAX reads from an argument, so that other values need no other step.

JAX computes in single precision. What Keras computes with Python's numbers (`1 - self.beta_1`) is therefore not traced:
a number remembers how it came about, and what it comes to is computed by Python for each training, in double precision
as Keras would, and handed over as one more number.

A model has them only while it is traced; for whoever looks at it or saves it, it has plain ones. A model that is
trained once reads its numbers so as well: constants XLA folds into each other, which changes last bits, and a program
that was kept on disk (`zoo.jax_cache`) then serves every value.
"""

import numbers
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.adjustable import OPERATORS
from zoo.backend import keras

Formula = Any
"""A number; ("place", its index); or the name of an operator, and the formulas of what it takes."""

Step = Callable[[Any, Any], Any]
"""State and batch → what is reported, and the state after it."""

ROOM = 8
"""Results for each number that a step may read, the number itself among them; Adam reads two of each rate."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Keras object has a number, and how another gets there."""

    name: str
    value: Any
    put: Callable[[Any], None]


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A number that Python takes for itself and JAX for an array that adapts to other types, as it takes Python's.

    It is no float: JAX would take it for a constant.
    """

    value: float
    formula: Formula
    read: Callable[[Formula], Any]

    dtype = np.dtype("float32")
    """What JAX makes of Python's floats, and asks for here and there before it does."""

    def __float__(self) -> float:
        return self.value

    def __bool__(self) -> bool:
        return bool(self.value)

    def __neg__(self) -> "Number":
        return Number(-self.value, ("neg", self.formula), self.read)

    def __jax_array__(self) -> Any:
        """The number as JAX makes an array of a float."""
        return self.read(self.formula)

    @property
    def aval(self) -> Any:
        """What JAX asks to know that it adapts to other types."""
        return self.__jax_array__().aval


def _of_two(name: str, left: Any, right: Any) -> Any:
    """The result for two numbers; arrays compute with such a number by themselves."""
    if not all(isinstance(each, (int, float, Number)) for each in (left, right)):
        return NotImplemented
    read = left.read if isinstance(left, Number) else right.read
    value = getattr(operator, name)(_plain(left), _plain(right))
    return Number(value, (name, _formula(left), _formula(right)), read)


def _compared(name: str, left: Number, right: Any) -> Any:
    if not isinstance(right, (int, float, Number)):
        return NotImplemented
    return getattr(operator, name)(left.value, _plain(right))


def _plain(number: Any) -> Any:
    return number.value if isinstance(number, Number) else number


def _formula(number: Any) -> Formula:
    return number.formula if isinstance(number, Number) else number


for _name in OPERATORS:
    setattr(Number, f"__{_name}__", lambda left, right, name=_name: _of_two(name, left, right))
    setattr(Number, f"__r{_name}__", lambda right, left, name=_name: _of_two(name, left, right))
for _name in ("lt", "le", "eq", "ne", "gt", "ge"):
    setattr(Number, f"__{_name}__", lambda left, right, name=_name: _compared(name, left, right))
numbers.Real.register(Number)


def computed(formula: Formula, values: Sequence[float]) -> float:
    """What a formula comes to.

    >>> computed(("sub", 1, ("place", 0)), [0.25])
    0.75
    """
    if not isinstance(formula, tuple):
        return float(formula)
    name, *rest = formula
    if name == "place":
        return values[rest[0]]
    return float(getattr(operator, name)(*(computed(each, values) for each in rest)))


class Numbers:
    """The numbers of a compiled model: their values, and which results with them its steps read."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = tuple(places)
        self._room = ROOM * max(1, len(places))
        self._slots: dict[Formula, int] = {}
        self.assign([place.value for place in places])

    def assign(self, values: Sequence[float], *more: Sequence[float]) -> None:
        """Other values, for the steps from here on; several times as many for steps that take several trainings on."""
        self._values, self._rows, self._argument = list(values), (values, *more), None
        self._put(self._values)

    def _put(self, values: Sequence[Any]) -> None:
        for place, value in zip(self._places, values, strict=True):
            place.put(value)

    def argument(self) -> Any:
        """What steps read: an array (results) of type float32 that adapts to others, or (trainings, results)."""
        import jax.numpy

        if self._argument is None:
            rows = [self._row(values) for values in self._rows]
            self._argument = rows[0] if len(rows) == 1 else jax.numpy.stack(rows)
        return self._argument

    def _row(self, values: Sequence[float]) -> Any:
        import jax.numpy

        found = [computed(formula, values) for formula in self._slots]
        # An array that is made of a list would not adapt.
        return jax.numpy.stack([jax.numpy.asarray(each) for each in (*found, *[0.0] * (self._room - len(found)))])

    def reading(self, step: Step) -> Callable[[Any, Any, Any], Any]:
        """A step as one that reads the numbers from its third argument."""

        def stepped(state: Any, data: Any, argument: Any) -> Any:
            def read(formula: Formula) -> Any:
                return argument[self._slot(formula)]

            self._put([Number(value, ("place", index), read) for index, value in enumerate(self._values)])
            try:
                return step(state, data)
            finally:
                self._put(self._values)

        return stepped

    def _slot(self, formula: Formula) -> int:
        if formula not in self._slots:
            self._slots[formula], self._argument = len(self._slots), None
            assert len(self._slots) <= self._room, f"more than {self._room} results of {len(self._values)} numbers"
        return self._slots[formula]


def install(model: keras.Model, held: Numbers) -> None:
    """Has the steps of a model that JAX compiles read its numbers from `held`."""
    model.train_function = model._make_function(compiled(held.reading(model.train_step), held))
    model.test_function = model._make_function(compiled(held.reading(model.test_step), held))


def compiled(stepped: Callable[[Any, Any, Any], Any], held: Numbers) -> Step:
    """A step, compiled for each form of batch that comes."""
    import jax

    jitted = jax.jit(stepped, donate_argnums=0)
    traced: set[Any] = set()

    def call(state: Any, data: Any) -> Any:
        form = tuple((each.shape, str(each.dtype)) for each in keras.tree.flatten(data) if each is not None)
        if form not in traced:
            # Which results it reads is known once it is traced; JAX keeps the trace for the call.
            jitted.trace(state, data, held.argument())
            traced.add(form)
        return jitted(state, data, held.argument())

    return call
