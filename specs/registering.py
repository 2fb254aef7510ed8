"""A layer of one's own in the language: from Python only, a spec can neither register nor import anything."""

import re
from collections.abc import Callable

from specs.combinators import COMBINATORS
from specs.infer import INFER, Inferred
from specs.ops import OPS, Op
from specs.step import LAYERS

_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,99}")


def register(name: str, args: type[Op], infer: Callable[..., Inferred]) -> None:
    """Makes a layer with one input known to the checker, for the rest of the process.

    `args` holds its arguments with their defaults, `infer` maps them and the input's shape without the batch axis to
    an `Inferred`, or raises ShapeError. Where models are built use `zoo.register`, which knows the Keras class as well.

    Raises ValueError where the name is taken or is no name of a layer, TypeError where `args` is no op model.
    """
    if not (isinstance(args, type) and issubclass(args, Op)):
        raise TypeError(f"args of {name} must be a subclass of specs.ops.Op (got {args!r})")
    if not callable(infer):
        raise TypeError(f"infer of {name} must be a function (got {infer!r})")
    if not _NAME.fullmatch(name):
        raise ValueError(f"a layer is named in CamelCase, letters and digits (got {name!r})")
    taken = {*OPS, *COMBINATORS, *(op.__name__ for op in OPS.values())}
    for each in (name, args.__name__):
        if each in taken:
            raise ValueError(f"the language has a {each} already")
    OPS[name], INFER[name] = args, infer
    LAYERS.append(name)
