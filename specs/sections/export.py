"""`export:`, what an export can be asked besides what the model itself takes and gives."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from specs.ops.base import Frozen, refuse


def _once(values: Any) -> Any:
    twice = [value for index, value in enumerate(values) if value in values[:index]]
    if twice:
        raise refuse(f"must not name {twice[0]!r} twice")
    return values


SignatureName = Literal["from_bytes", "from_columns", "from_text"]


class Export(Frozen):
    """Signatures of an export beside serving_default, which has the model's own inputs and outputs."""

    signatures: Annotated[tuple[SignatureName, ...], AfterValidator(_once)] = ()
    """What comes in as it lies in files: from_bytes takes JPEG or PNG images, from_columns the columns of the training
    table by their names, from_text texts. Each gives the outputs, and label and score of the best class."""
    features: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], AfterValidator(_once)] = ()
    """Names of steps, blocks or layers: the signature features gives what each of them computes, by its name."""


def answer_names(outputs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By output: how a signature calls the label of its best class and that one's score.

    >>> answer_names(["output"]), answer_names(["kind", "age"])["age"]
    ({'output': ('label', 'score')}, ('age_label', 'age_score'))
    """
    names = list(outputs)
    alone = len(names) == 1
    return {name: ("label", "score") if alone else (f"{name}_label", f"{name}_score") for name in names}
