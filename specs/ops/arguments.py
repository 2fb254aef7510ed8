"""What a weight starts from, what it is penalised for and what it is held to: as in keras, by name or with arguments.

kernel_initializer: he_normal                       kernel_initializer: {HeNormal: {seed: 1}}
kernel_regularizer: {l2: 1e-4}                      kernel_regularizer: {NuclearNorm: {factor: 1e-3}}
kernel_constraint: NonNeg                           kernel_constraint: {MaxNorm: {max_value: 3}}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from specs.ops.frozen import Frozen, refuse
from specs.ops.table import Table

if TYPE_CHECKING:
    from specs.ops.choices import ConstraintChoice

CHOICES: Table[type[Frozen]] = Table(
    {
        "VectorInitializerChoice": ("specs.ops.choices", "VectorInitializerChoice"),
        "InitializerChoice": ("specs.ops.choices", "InitializerChoice"),
        "Penalty": ("specs.ops.penalties", "Penalty"),
        "MatrixPenalty": ("specs.ops.penalties", "MatrixPenalty"),
        "ConstraintChoice": ("specs.ops.choices", "ConstraintChoice"),
    }
)
"""What is written with arguments, by the name of its model; `specs.schema` defines each once."""


@dataclass(frozen=True, slots=True)
class Lazily:
    """A field whose model is imported only when a spec writes a value: a layer has many such fields, few are used.

    `model` is its name in CHOICES. Without `names` the field may be null; with them it is one of the names or a
    mapping. `rank` is the number of axes of the weight, where it is known.
    """

    model: str
    names: tuple[str, ...] = ()
    rank: int | None = None

    @property
    def choice(self) -> type[Frozen]:
        """The model of what is written with arguments."""
        return CHOICES[self.model]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        other: dict[str, Any] = {"enum": list(self.names)} if self.names else {"type": "null"}
        # specs.schema puts a reference to the definition of that name in its place.
        return {"anyOf": [other, {"format": self.model}]}

    def read(self, value: Any) -> Any:
        """The value as a name, a model or None."""
        if value is None and not self.names:
            return None
        if self.names and isinstance(value, str):
            if value not in self.names:
                raise PydanticKnownError("literal_error", {"expected": ", ".join(self.names)})
            return value
        model = self.choice
        if self.names and not isinstance(value, (Mapping, model)):
            raise refuse("must be a name, or {Name: {arguments}}")
        found: Any = model.model_validate(value)
        return found if self.rank is None else self._on_axes(found, self.rank)

    def _on_axes(self, choice: "ConstraintChoice", rank: int) -> "ConstraintChoice":
        from specs.ops.choices import beyond

        wrong = beyond(choice, rank)
        if wrong:
            raise refuse(wrong)
        return choice


VECTOR_INITIALIZERS = ("zeros", "ones", "random_normal", "random_uniform", "truncated_normal")
INITIALIZERS = (
    *VECTOR_INITIALIZERS, "variance_scaling",
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal",
)  # fmt: skip

Initializer = Annotated[Any, Lazily("InitializerChoice", INITIALIZERS)]
"""Names that `keras.initializers.get` knows, for weights of any rank from two up, or {Name: {arguments}}."""
VectorInitializer = Annotated[Any, Lazily("VectorInitializerChoice", VECTOR_INITIALIZERS)]
"""Initialisers for vectors: those whose scale does not depend on a fan."""

Regularizer = Annotated[Any, Lazily("Penalty")]
MatrixRegularizer = Annotated[Any, Lazily("MatrixPenalty")]

Constraint = Annotated[Any, Lazily("ConstraintChoice")]
"""A constraint on a weight whose rank is known later."""
VectorConstraint = Annotated[Any, Lazily("ConstraintChoice", rank=1)]
MatrixConstraint = Annotated[Any, Lazily("ConstraintChoice", rank=2)]
SequenceKernelConstraint = Annotated[Any, Lazily("ConstraintChoice", rank=3)]
"""For kernels (length, channels in, channels out)."""
KernelConstraint = Annotated[Any, Lazily("ConstraintChoice", rank=4)]
"""For kernels (height, width, channels in, channels out)."""
VolumeKernelConstraint = Annotated[Any, Lazily("ConstraintChoice", rank=5)]
"""For kernels (depth, height, width, channels in, channels out)."""
HeadsConstraint = Annotated[Any, Lazily("ConstraintChoice", rank=3)]
"""For kernels (channels, heads, size) and (heads, size, channels)."""
