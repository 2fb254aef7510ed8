"""What a `train` section means for a graph: its losses, what is reported, batch sizes and weights by class."""

from collections.abc import Mapping, Sequence
from typing import Literal

from specs.errors import UserError, did_you_mean
from specs.graph import Graph, Output, Shape
from specs.sections import Train
from specs.sections.judging import ALWAYS, LABELS, MASKS, METRICS, Labels, LossChoice, MetricChoice, from_logits
from specs.sections.reported import STEPPED

VECTORS = frozenset({"F1Score", "FBetaScore", "R2Score"})
"""Metrics that are computed from outputs of shape (units) alone."""
PROBABILITIES = frozenset({"AUC", "Precision", "Recall", "F1Score", "FBetaScore"})
"""Metrics that are computed from probabilities, not from logits."""


def loss_of(train: Train, output: Output) -> LossChoice:
    """The loss of an output: its own, or that of all.

    >>> loss_of(Train(), Output("head")).kind
    'SparseCategoricalCrossentropy'
    """
    return output.loss or train.loss


def labels_of(loss: LossChoice, shape: Shape) -> Labels:
    """The form of label that a loss takes of an output of that shape; a mask with one channel is 0 or 1."""
    return "binary" if loss.kind in MASKS and shape[-1:] == (1,) else LABELS[loss.kind]


def tells_pixels(graph: Graph, name: str) -> bool:
    """Whether an output tells something of each pixel of an only image, and so moves where that is moved.

    >>> from specs import load, lower
    >>> tells_pixels(lower(load("unet_same")), "output"), tells_pixels(lower(load("digits_mlp")), "output")
    (True, False)
    """
    shapes, out = list(graph.input_shapes().values()), graph.output_shapes()[name]
    return len(shapes) == 1 and len(shapes[0]) == len(out) == 3 and shapes[0][:2] == out[:2]


def grid_of(loss: LossChoice, shape: Shape) -> tuple[int, int] | None:
    """Cells along each side and classes of an output that tells boxes by that loss; None where it has no such shape.

    >>> loss = LossChoice.model_validate({"YoloV1": {"boxes": 2}})
    >>> grid_of(loss, (7, 7, 30)), grid_of(loss, (7, 7, 10)), grid_of(loss, (7, 5, 30))
    ((7, 20), None, None)
    """
    if len(shape) != 3 or None in shape or shape[0] != shape[1]:
        return None
    cells, _, numbers = (size or 0 for size in shape)
    classes = numbers - 5 * int(getattr(loss.args, "boxes", 0))
    return (cells, classes) if classes > 0 else None


def learnt_as(train: Train, output: Output, shape: Shape) -> Labels:
    """The form of what an output of that shape learns: what it reconstructs is numbers, whatever its loss is.

    >>> train = Train.model_validate({"loss": "BinaryCrossentropy"})
    >>> learnt_as(train, Output("pixels"), (64,)), learnt_as(train, Output("pixels", reconstructs="input"), (64,))
    ('binary', 'numbers')
    """
    return labels_of(loss_of(train, output), shape) if output.reconstructs is None else "numbers"


def suits(metric: MetricChoice, train: Train, output: Output, shape: Shape) -> bool:
    """Whether a metric can be computed of an output of that shape with its loss.

    >>> auc, binary = MetricChoice.model_validate("AUC"), Train.model_validate({"loss": "BinaryCrossentropy"})
    >>> suits(auc, binary, Output("head"), (1,)), suits(auc, Train(), Output("head"), (10,))
    (True, False)
    """
    loss, labels, kind = loss_of(train, output), learnt_as(train, output, shape), metric.kind
    unfit = (kind in VECTORS and len(shape) != 1) or (kind in PROBABILITIES and from_logits(loss))
    if kind == "MeanIoU" and labels == "binary":
        # Keras compares with one half, and has no way to ignore a label of two.
        unfit = from_logits(loss) or getattr(metric.args, "ignore_class", None) is not None
    return labels in METRICS[kind][1] and not unfit


def reported(train: Train, graph: Graph) -> tuple[str, ...]:
    """What training reports of the training examples after each epoch: the loss, and the metrics of the first output.

    Of the validation examples it reports the same, with `val_` before each name.

    >>> from specs import load, lower
    >>> document = load("digits_mlp")
    >>> reported(document.train, lower(document))
    ('loss', 'accuracy')
    """
    if train.step is not None:
        return ("loss", *STEPPED[train.step.kind])
    name, output = next(iter(graph.outputs.items()))
    return "loss", *metrics_of(train, output, graph.output_shapes()[name])


def metrics_of(train: Train, output: Output, shape: Shape) -> tuple[str, ...]:
    """The metrics of an output, by the names under which training reports them."""
    labels = learnt_as(train, output, shape)
    always = (ALWAYS[labels],) if labels in ALWAYS else ()
    return (*always, *(METRICS[each.kind][0] for each in train.metrics if suits(each, train, output, shape)))


def batch_size_of(train: Train, epoch: int, replicas: int = 1) -> int:
    """The batch size in an epoch, counted from 0, on all replicas together (arXiv:1711.00489).

    >>> growing = Train.model_validate({"batch_growth": {"every_epochs": 10, "max_batch_size": 100}})
    >>> [batch_size_of(growing, epoch) for epoch in (0, 9, 10, 20)]
    [32, 32, 64, 100]
    """
    per_replica = train.distribution is not None and train.distribution.batch == "per_replica"
    return _grown(train, epoch) * (replicas if per_replica else 1)


def _grown(train: Train, epoch: int) -> int:
    growth = train.batch_growth
    if growth is None:
        return train.batch_size
    # A float power overflows long before an int would: the largest size ends the growth first.
    size = float(train.batch_size)
    for _ in range(epoch // growth.every_epochs):
        size *= growth.factor
        if size >= growth.max_batch_size:
            return growth.max_batch_size
    return int(size)


def largest_batch(train: Train) -> int:
    """The batch size of the last epoch, which no other exceeds."""
    return batch_size_of(train, train.epochs - 1)


def class_weights(
    given: Mapping[str, float] | Literal["balanced"] | None, counts: Sequence[int], names: Sequence[str]
) -> tuple[float, ...]:
    """The weight of every class, by its number.

    `counts` are the training examples of each class and `names` what the classes are called. Balanced weights are
    examples / (classes * examples of the class), as in King and Zeng 2001, Logistic Regression in Rare Events Data;
    counted over the classes that have examples; the others get 0.

    Raises `UserError` for a class that there is not, or one that is named twice.

    >>> class_weights("balanced", [30, 10], ["cat", "dog"])
    (0.6666666666666666, 2.0)
    >>> class_weights({"dog": 3.0}, [30, 10], ["cat", "dog"]), class_weights({"0": 0.5}, [30, 10], ["cat", "dog"])
    ((1.0, 3.0), (0.5, 1.0))
    """
    if given is None:
        return (1.0,) * len(counts)
    if given == "balanced":
        there = sum(count > 0 for count in counts)
        return tuple(sum(counts) / (there * count) if count else 0.0 for count in counts)
    weights: dict[int, float] = {}
    for word, weight in given.items():
        number = _class_number(word, names)
        if number in weights:
            raise UserError(f"train.class_weight: class {names[number]!r} is given twice, by its name and its number")
        weights[number] = weight
    return tuple(weights.get(number, 1.0) for number in range(len(counts)))


def _class_number(word: str, names: Sequence[str]) -> int:
    if word in names:
        return names.index(word)
    if word.isdecimal() and int(word) < len(names):
        return int(word)
    hint = did_you_mean(word, names) or f"there are {', '.join(names[:8])}{', …' if len(names) > 8 else ''}"
    raise UserError(f"train.class_weight: the data has no class {word!r}; {hint}")
