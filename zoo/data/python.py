"""Data that are given from Python instead of being named in a spec."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import specs
from specs.adversarial import shown
from specs.document import Document
from specs.errors import DataError
from specs.graph import Graph
from specs.sections.data import Split, Validation
from zoo.data.dataset import Array, Dataset, Examples, InMemory, Positions, Rows, content_of
from zoo.data.labelling import numbered
from zoo.data.loading import fitted, split, training_of

MAX_DRAINED = 4 * 1024**3
"""Bytes that a stream may come to: it is kept in memory."""

Data = Any
"""A `Dataset`; a pair (x, y) of arrays, or of mappings of arrays by input and by output; a stream of such pairs, one
example or one batch each, that begins anew whenever it is asked: a `tf.data.Dataset`, a `grain.IterDataset`, a
`grain.DataLoader`, a sequence of batches; or a sequence of examples (x, y), read by position when they are needed: a
`grain.MapDataset`, in which None stands for what was filtered out."""


def as_dataset(data: Data, document: Document) -> Dataset:
    """Data given from Python, checked against the document's model and split as its `train.data` says.

    Of a sequence the labels are read once at the start, its inputs whenever a batch needs them. Labels that are
    integers of shape (examples) are classes. Raises `DataError` where the data do not fit the model.

    >>> x, y = np.zeros((40, 8, 8, 1)), np.arange(40) % 10
    >>> data = as_dataset((x, y), specs.load("digits_mlp"))
    >>> len(data.train), len(data.validation), len(data.test)
    (26, 6, 8)
    """
    train = training_of(document)
    graph = shown(specs.lower(document), train)
    if isinstance(data, Dataset):
        fitted(data.train.examples, train, graph)
        return data
    examples = fitted(_examples(data, graph), train, graph)
    how: Any = train.data.args
    return split(
        examples, how if isinstance(how, Split) else Split(**how.model_dump(include={*Validation.model_fields}))
    )


def _examples(data: Data, graph: Graph) -> Examples:
    if isinstance(data, tuple) and len(data) == 2:
        x, y = (_arrays(part) for part in data)
    elif _is_tensorflow(data):
        if data.cardinality() == -1:  # tf.data.INFINITE_CARDINALITY
            raise DataError(f"{graph.name}: the data never end; leave out repeat()")
        x, y = _drained(data.as_numpy_iterator(), graph)
    elif hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, Mapping):
        return _by_position(data, graph)
    elif isinstance(data, Iterable) and not isinstance(data, (Mapping, Iterator)):
        x, y = _drained(iter(data), graph)
    else:
        raise DataError(
            f"{graph.name}: data must be a zoo.Dataset, a pair (x, y) of arrays, a sequence of examples, or a stream "
            f"that begins anew, as tf.data and grain have them (got {type(data).__name__})"
        )
    return _of_arrays(x, y, graph)


def _of_arrays(x: Any, y: Any, graph: Graph) -> Examples:
    inputs = {name: InMemory(_numbers(each)) for name, each in _named(x, graph.inputs, "inputs", graph).items()}
    labels = {name: _labels(each) for name, each in _named(y, graph.labelled, "outputs", graph).items()}
    sizes = {rows.shape[0] for rows in inputs.values()} | {len(each) for each in labels.values()}
    if len(sizes) > 1:
        raise DataError(f"{graph.name}: inputs and labels differ in length (got {', '.join(map(str, sorted(sizes)))})")
    return Examples(inputs, labels, numbered(labels))


def _named(given: Any, names: Sequence[str], what: str, graph: Graph) -> dict[str, Any]:
    """What is given, by the model's names: a single thing is for the only input, and for every output."""
    if isinstance(given, Mapping):
        missing = [name for name in names if name not in given]
        if missing:
            raise DataError(f"{graph.name}: the data has nothing for {missing[0]!r} among the {what}")
        return {name: given[name] for name in names}
    if what == "inputs" and len(names) > 1:
        raise DataError(f"{graph.name}: the model has {len(names)} inputs; give a mapping of {', '.join(names)}")
    return dict.fromkeys(names, given)


def _arrays(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: np.asarray(each) for name, each in part.items()}
    return np.asarray(part)


def _numbers(x: Array) -> Array:
    """Text as it is, whole numbers as they are, everything else as float32."""
    if x.ndim == 0:
        raise DataError("data must be arrays of examples (got a single value)")
    return x.astype(np.float32) if x.dtype.kind == "f" else x.astype(object) if x.dtype.kind in "US" else x


def _labels(y: Array) -> Array:
    if y.ndim == 0 or y.dtype.kind not in "buif":
        raise DataError(f"labels must be an array of numbers (got {y.dtype} of shape {y.shape})")
    if y.dtype.kind == "f":
        return y.astype(np.float32)
    return (y.reshape(-1) if y.shape[1:] == (1,) else y).astype(np.int64)


def _is_tensorflow(data: Any) -> bool:
    """Whether it is a tf.data.Dataset: whoever has one has imported TensorFlow."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(data, tensorflow.data.Dataset)


def _drained(stream: Iterator[Any], graph: Graph) -> tuple[Any, Any]:
    batches: list[tuple[Any, Any]] = []
    size = 0
    for element in stream:
        batches.append(_pair(element, graph))
        size += sum(np.asarray(each).nbytes for part in batches[-1] for each in _values(part))
        if size > MAX_DRAINED:
            raise DataError(f"{graph.name}: the data are more than {MAX_DRAINED // 1024**3} GiB; give a sequence")
    if not batches:
        raise DataError(f"{graph.name}: the data have no examples")
    join = np.concatenate if _is_batched(batches[0][0], graph) else np.stack
    return _joined([x for x, _ in batches], join), _joined([y for _, y in batches], join)


def _values(part: Any) -> Sequence[Any]:
    return list(part.values()) if isinstance(part, Mapping) else [part]


def _joined(parts: Sequence[Any], join: Any) -> Any:
    if isinstance(parts[0], Mapping):
        return {name: join([part[name] for part in parts]) for name in parts[0]}
    return join(parts)


def _is_batched(x: Any, graph: Graph) -> bool:
    """Whether there is one axis more than the model's input has."""
    name, each = next(iter(x.items())) if isinstance(x, Mapping) else (graph.inputs[0], x)
    return name in graph.inputs and np.ndim(each) == len(graph.input_shapes()[name]) + 1


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows that a sequence of examples (x, y) is asked for, at the places `kept`; `name` is one of several inputs."""

    sequence: Any
    kept: Sequence[int]
    name: str | None
    one: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """(examples, *shape of one)."""
        return (len(self.kept), *self.one)

    def take(self, positions: Positions) -> Array:
        """The examples at these positions."""
        return _numbers(np.stack([self._at(at) for at in positions]))

    def content(self, positions: Positions) -> Iterator[bytes]:
        """All values of the examples, one after the other."""
        for at in positions:
            yield from content_of(np.asarray(self._at(at)))

    def _at(self, position: int) -> Any:
        x = self.sequence[self.kept[int(position)]][0]
        return x if self.name is None else x[self.name]


def _by_position(sequence: Any, graph: Graph) -> Examples:
    if len(sequence) == sys.maxsize:
        raise DataError(f"{graph.name}: the data never end; leave out repeat()")
    kept, labels = [], []
    for at in range(len(sequence)):
        example = sequence[at]
        if example is not None:
            kept.append(at)
            labels.append(_pair(example, graph)[1])
    if not kept:
        raise DataError(f"{graph.name}: the data have no examples")
    x, _ = _pair(sequence[kept[0]], graph)
    if _is_batched(x, graph):
        return _of_arrays(*_drained((sequence[at] for at in kept), graph), graph)
    y = _joined([_arrays(each) for each in labels], np.stack)
    named = _named(x, graph.inputs, "inputs", graph)
    keys = list(named) if isinstance(x, Mapping) else [None]
    inputs: dict[str, Rows] = {
        name: Asked(sequence, kept, key, np.shape(each)) for (name, each), key in zip(named.items(), keys, strict=True)
    }
    outputs = {name: _labels(each) for name, each in _named(y, graph.labelled, "outputs", graph).items()}
    return Examples(inputs, outputs, numbered(outputs))


def _pair(example: Any, graph: Graph) -> tuple[Any, Any]:
    if not isinstance(example, (tuple, list)) or len(example) != 2:
        raise DataError(f"{graph.name}: the data must be pairs (x, y) (got {type(example).__name__})")
    return example[0], example[1]
