"""Layers around a layer: `Bidirectional: {layer: {LSTM: {units: 8}}}`."""

from functools import cache
from typing import Any, ClassVar, Literal, Self, cast

from pydantic import TypeAdapter, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

# The table is filled after this module is read: it is looked at when a spec is.
from specs import ops as tables
from specs.ops.base import Frozen, Op, PositiveInt
from specs.ops.inputs import INPUTS
from specs.ops.recurrent import Recurrent

RECURRENT = ("SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
"""Layers that can read from the end as well."""

KERNELS = ("Dense", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D")
"""Layers with one kernel, which can be divided by its norm."""


class Inner(Frozen):
    """A layer inside another, written as a step is: a bare name or {Name: {arguments}}.

    Its arguments are checked by the layer's own model, so that an error stands at the argument.
    """

    op: str
    args: Op
    among: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The layers that can stand here."""
        return cls.among

    @classmethod
    def model_of(cls, op: str) -> type[Op] | None:
        """The arguments of a layer by its name."""
        return tables.OPS.get(op)

    @model_validator(mode="before")
    @classmethod
    def _as_step(cls, value: Any) -> Any:
        named = {value: {}} if isinstance(value, str) else value
        if not isinstance(named, dict) or len(named) != 1:
            hint = {"hint": "write its name, or {Name: {arguments}}"}
            raise PydanticCustomError("one_of", "must name one layer", hint)
        ((op, arguments),) = named.items()
        if op not in cls.names():
            error = {"type": "extra_forbidden", "loc": (op,), "input": arguments}
            raise ValidationError.from_exception_data(cls.__name__, [cast(Any, error)])
        reader = _reader(cls.model_of(op))
        return {"op": op, "args": reader.validate_python({op: {} if arguments is None else arguments})[op]}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> JsonSchemaValue:
        return {"format": "layer"}


@cache
def _reader(model: Any) -> TypeAdapter[dict[str, Op]]:
    """Reads {op: arguments}; as a mapping, so that the place of an error has the layer's name in it."""
    return TypeAdapter(dict[str, model])


def innermost(op: str, args: Op) -> str:
    """The layer that is there when all around it are taken off.

    >>> dense = AnyLayer.model_validate({"Dense": {"units": 3}})
    >>> innermost("TimeDistributed", TimeDistributed(layer=dense))
    'Dense'
    """
    layer = getattr(args, "layer", None)
    return innermost(layer.op, layer.args) if isinstance(layer, Inner) else op


class RecurrentLayer(Inner):
    """A recurrent layer."""

    among = RECURRENT


class KernelLayer(Inner):
    """A layer with one kernel."""

    among = KERNELS


class AnyLayer(Inner):
    """Any layer that takes one input."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The layers that can stand here."""
        return tuple(op for op in tables.OPS if op != "InputLayer" and op not in INPUTS)


class Bidirectional(Op):
    """Two recurrent layers, one forwards and one backwards, and their outputs merged."""

    layer: RecurrentLayer
    """The layer that reads forwards; its twin reads backwards."""
    merge_mode: Literal["concat", "sum", "mul", "ave"] = "concat"
    """How the two outputs come together; Keras' null, which gives both, has no place in a step with one output."""

    @model_validator(mode="after")
    def _reads_forwards(self) -> Self:
        if isinstance(self.layer.args, Recurrent) and self.layer.args.go_backwards:
            raise ValueError("layer reads forwards and its twin backwards: take go_backwards out of it")
        return self


class TimeDistributed(Op):
    """The same layer with the same weights at every time step: (steps, ...) → (steps, ...)."""

    layer: AnyLayer
    """The layer; what it says of axes counts without the time steps."""


class SpectralNormalization(Op):
    """A layer whose kernel is divided by its largest singular value in training (arXiv:1802.05957)."""

    layer: KernelLayer
    """The layer with the kernel."""
    power_iterations: PositiveInt = 1
    """Steps of the estimate at every call in training."""
