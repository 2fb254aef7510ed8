"""What most sources share: one array of inputs, and one label for each example."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specs.errors import DataError
from specs.graph import Graph, Shape
from zoo.data.dataset import Array, Examples, Rows


def only_shape(graph: Graph) -> Shape:
    """Shape of the model's input; `DataError` where it has several, since the source gives one array."""
    if len(graph.inputs) > 1:
        raise DataError(f"{graph.name}: training data has one array, the model {len(graph.inputs)} inputs")
    return graph.node(graph.inputs[0]).output_shape


def labelled(graph: Graph, x: Rows, y: Array, classes: Iterable[str] = (), **more: Any) -> Examples:
    """Examples of one kind of input, with the same label or number for every output of the model."""
    names = tuple(classes)
    by_output = dict.fromkeys(graph.outputs, names) if names else {}
    return Examples({graph.inputs[0]: x}, dict.fromkeys(graph.outputs, y), by_output, **more)


def numbered(y: Mapping[str, Array]) -> dict[str, tuple[str, ...]]:
    """Classes of which nothing but their numbers is known, by output; what is no label has none.

    >>> numbered({"kind": np.array([0, 2]), "size": np.array([0.5, 2.0])})
    {'kind': ('0', '1', '2')}
    """
    labels = {name: each for name, each in y.items() if each.dtype.kind in "iu" and each.size}
    return {name: tuple(map(str, range(int(each.max()) + 1))) for name, each in labels.items()}


def with_channel(x: NDArray[Any], shape: Shape) -> NDArray[Any]:
    """Examples of images without an axis for channels get one of size 1; `shape` is that of the model's input.

    >>> with_channel(np.zeros((5, 8, 8), np.float32), (8, 8, 1)).shape
    (5, 8, 8, 1)
    """
    return x[..., np.newaxis] if x.ndim == 3 and len(shape) == 3 else x
