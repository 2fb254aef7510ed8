"""Initialisers and constraints that are written with arguments; imported when a spec writes one."""

from specs.ops import constraints, initializers
from specs.ops.frozen import OneOf

ONE_AXIS = "has an axis that the weight has not: its one axis is 0"


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


class ConstraintChoice(OneOf):
    """What a weight is held to after each training step, by Keras' class name."""

    MaxNorm: constraints.MaxNorm | None = None
    MinMaxNorm: constraints.MinMaxNorm | None = None
    NonNeg: initializers.Bare | None = None
    UnitNorm: constraints.UnitNorm | None = None


def beyond(choice: ConstraintChoice | None, rank: int) -> str | None:
    """What is wrong with a constraint on a weight of `rank` axes; None where it fits.

    >>> beyond(ConstraintChoice.model_validate({"UnitNorm": {"axis": 2}}), 2)
    'has an axis that the weight has not: its axes are 0 to 1'
    """
    axes = () if choice is None else getattr(choice.args, "axis", ())
    if all(-rank <= axis < rank for axis in axes):
        return None
    return f"has an axis that the weight has not: its axes are 0 to {rank - 1}" if rank > 1 else ONE_AXIS
