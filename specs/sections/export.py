"""`export:`, what an export can be asked besides what the model itself takes and gives."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from specs.ops.base import Frozen, PositiveInt, Rate, refuse


def _once(values: Any) -> Any:
    twice = [value for index, value in enumerate(values) if value in values[:index]]
    if twice:
        raise refuse(f"must not name {twice[0]!r} twice")
    return values


SignatureName = Literal["from_bytes", "from_columns", "from_text", "detect"]


class Detections(Frozen):
    """Which of the boxes that a model tells are given: the surest of each class that do not overlap."""

    score_threshold: Rate = 0.25
    """Scores up to it are left out: the confidence of a box times the number of its class."""
    iou_threshold: Rate = 0.5
    """A box whose intersection over union with a surer one of its class is above it is left out."""
    most: Annotated[PositiveInt, Field(le=1000)] = 100
    """Boxes of an image, at most."""


class Export(Frozen):
    """Signatures of an export beside serving_default, which has the model's own inputs and outputs."""

    signatures: Annotated[tuple[SignatureName, ...], AfterValidator(_once)] = ()
    """What comes in as it lies in files: from_bytes takes JPEG or PNG images, from_columns the columns of the training
    table by their names, from_text texts, detect what the model itself takes. Each gives the outputs, and label and
    score of the best class; of outputs that tell boxes these, with score, class and label of each, and their count."""
    features: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], AfterValidator(_once)] = ()
    """Names of steps, blocks or layers: the signature features gives what each of them computes, by its name."""
    detections: Detections = Detections()
    """Which boxes are given, by a signature and by `zoo predict`."""


BOX_ANSWERS = ("boxes", "scores", "classes", "labels", "count")
"""What a signature tells of an output with boxes: corners, and of each box its score and its class by number and name;
behind the count of an image stand zeros."""


def box_names(output: str, *, alone: bool) -> dict[str, str]:
    """How a signature calls each of `BOX_ANSWERS` of an output.

    >>> box_names("output", alone=True)["boxes"], box_names("near", alone=False)["count"]
    ('boxes', 'near_count')
    """
    return {each: each if alone else f"{output}_{each}" for each in BOX_ANSWERS}


def answer_names(outputs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """By output: how a signature calls the label of its best class and that one's score.

    >>> answer_names(["output"]), answer_names(["kind", "age"])["age"]
    ({'output': ('label', 'score')}, ('age_label', 'age_score'))
    """
    names = list(outputs)
    alone = len(names) == 1
    return {name: ("label", "score") if alone else (f"{name}_label", f"{name}_score") for name in names}
