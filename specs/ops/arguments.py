"""What a weight starts from, what it is penalised for and what it is held to: as in keras, by name or with arguments.

kernel_initializer: he_normal                       kernel_initializer: {HeNormal: {seed: 1}}
kernel_regularizer: {l2: 1e-4}                      kernel_regularizer: {NuclearNorm: {factor: 1e-3}}
kernel_constraint: NonNeg                           kernel_constraint: {MaxNorm: {max_value: 3}}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from specs.ops import constraints, initializers, regularizers
from specs.ops.frozen import Frozen, NonNegative, OneOf, refuse


class VectorInitializerChoice(OneOf):
    """What a vector starts from: initialisers whose scale does not depend on a fan."""

    Zeros: initializers.Bare | None = None
    Ones: initializers.Bare | None = None
    Constant: initializers.Constant | None = None
    RandomNormal: initializers.RandomNormal | None = None
    RandomUniform: initializers.RandomUniform | None = None
    TruncatedNormal: initializers.RandomNormal | None = None


class InitializerChoice(VectorInitializerChoice):
    """What a kernel starts from, by Keras' class name."""

    VarianceScaling: initializers.VarianceScaling | None = None
    GlorotNormal: initializers.Seeded | None = None
    GlorotUniform: initializers.Seeded | None = None
    HeNormal: initializers.Seeded | None = None
    HeUniform: initializers.Seeded | None = None
    LecunNormal: initializers.Seeded | None = None
    LecunUniform: initializers.Seeded | None = None
    Orthogonal: initializers.Orthogonal | None = None


class Penalty(Frozen):
    """Penalty l1 · Σ|w| + l2 · Σw² added to the loss (`keras.regularizers.L1L2`), or another kind by its name."""

    l1: NonNegative = 0.0
    """Strength of the sum of absolute values."""
    l2: NonNegative = 0.0
    """Strength of the sum of squares."""
    NuclearNorm: regularizers.NuclearNorm | None = None
    """Sum of singular values."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = sorted(self.model_fields_set - {"l1", "l2"})
        if len(kinds) > 1 or (kinds and self.model_fields_set & {"l1", "l2"}):
            raise ValueError(
                f"{' and '.join(sorted(self.model_fields_set))} exclude each other: Keras takes one penalty"
            )
        return self


class MatrixPenalty(Penalty):
    """A penalty on a weight that is a matrix."""

    OrthogonalRegularizer: regularizers.OrthogonalRegularizer | None = None
    """Pushes rows or columns to be orthogonal."""


class ConstraintChoice(OneOf):
    """What a weight is held to after each training step, by Keras' class name."""

    MaxNorm: constraints.MaxNorm | None = None
    MinMaxNorm: constraints.MinMaxNorm | None = None
    NonNeg: initializers.Bare | None = None
    UnitNorm: constraints.UnitNorm | None = None


@dataclass(frozen=True, slots=True)
class Lazily:
    """A field whose model is compiled only when a spec writes a value: a layer has many such fields, few are used.

    Without `names` the field may be null; with them it is one of the names or a mapping. `rank` is the number of axes
    of the weight, where it is known.
    """

    model: type[Frozen]
    names: tuple[str, ...] = ()
    rank: int | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        other: dict[str, Any] = {"enum": list(self.names)} if self.names else {"type": "null"}
        # specs.schema puts a reference to the definition of that name in its place.
        return {"anyOf": [other, {"format": self.model.__name__}]}

    def read(self, value: Any) -> Any:
        """The value as a name, a model or None."""
        if value is None and not self.names:
            return None
        if self.names and isinstance(value, str):
            if value not in self.names:
                raise PydanticKnownError("literal_error", {"expected": ", ".join(self.names)})
            return value
        if self.names and not isinstance(value, (Mapping, self.model)):
            raise refuse("must be a name, or {Name: {arguments}}")
        found = self.model.model_validate(value)
        return self._on_axes(found) if isinstance(found, ConstraintChoice) else found

    def _on_axes(self, choice: ConstraintChoice) -> ConstraintChoice:
        wrong = None if self.rank is None else beyond(choice, self.rank)
        if wrong:
            raise refuse(wrong)
        return choice


def beyond(choice: ConstraintChoice | None, rank: int) -> str | None:
    """What is wrong with a constraint on a weight of `rank` axes; None where it fits.

    >>> beyond(ConstraintChoice.model_validate({"UnitNorm": {"axis": 2}}), 2)
    'has an axis that the weight has not: its axes are 0 to 1'
    """
    axes = () if choice is None else getattr(choice.args, "axis", ())
    if all(-rank <= axis < rank for axis in axes):
        return None
    return f"has an axis that the weight has not: its axes are 0 to {rank - 1}" if rank > 1 else ONE_AXIS


CHOICES = (VectorInitializerChoice, InitializerChoice, Penalty, MatrixPenalty, ConstraintChoice)
"""The models above, which `specs.schema` defines once."""

ONE_AXIS = "has an axis that the weight has not: its one axis is 0"

VECTOR_INITIALIZERS = ("zeros", "ones", "random_normal", "random_uniform", "truncated_normal")
INITIALIZERS = (
    *VECTOR_INITIALIZERS, "variance_scaling",
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal",
)  # fmt: skip

Initializer = Annotated[str | InitializerChoice, Lazily(InitializerChoice, INITIALIZERS)]
"""Names that `keras.initializers.get` knows, for weights of any rank from two up, or {Name: {arguments}}."""
VectorInitializer = Annotated[str | VectorInitializerChoice, Lazily(VectorInitializerChoice, VECTOR_INITIALIZERS)]
"""Initialisers for vectors: those whose scale does not depend on a fan."""

Regularizer = Annotated[Penalty | None, Lazily(Penalty)]
MatrixRegularizer = Annotated[MatrixPenalty | None, Lazily(MatrixPenalty)]

Constraint = Annotated[ConstraintChoice | None, Lazily(ConstraintChoice)]
"""A constraint on a weight whose rank is known later."""
VectorConstraint = Annotated[ConstraintChoice | None, Lazily(ConstraintChoice, rank=1)]
MatrixConstraint = Annotated[ConstraintChoice | None, Lazily(ConstraintChoice, rank=2)]
SequenceKernelConstraint = Annotated[ConstraintChoice | None, Lazily(ConstraintChoice, rank=3)]
"""For kernels (length, channels in, channels out)."""
KernelConstraint = Annotated[ConstraintChoice | None, Lazily(ConstraintChoice, rank=4)]
"""For kernels (height, width, channels in, channels out)."""
VolumeKernelConstraint = Annotated[ConstraintChoice | None, Lazily(ConstraintChoice, rank=5)]
"""For kernels (depth, height, width, channels in, channels out)."""
HeadsConstraint = Annotated[ConstraintChoice | None, Lazily(ConstraintChoice, rank=3)]
"""For kernels (channels, heads, size) and (heads, size, channels)."""
