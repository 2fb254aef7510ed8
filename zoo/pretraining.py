"""Greedy layer-wise pretraining: each layer alone learns to draw again what the layers before it compute.

Bengio et al. 2007, Greedy Layer-Wise Training of Deep Networks; with spoilt inputs Vincent et al. 2010. Labels are not
looked at, so that examples without them count as much as those that have some.
"""

import numpy as np

from specs.errors import DataError
from specs.graph import Graph
from specs.pretraining import in_order, layer_document
from specs.sections import Train
from zoo.backend import keras
from zoo.building import one_or_all, typed
from zoo.data.dataset import Array, Dataset, Examples, InMemory, Part
from zoo.data.memory import room_for_data
from zoo.weights import Pretrained


def pretrain(model: keras.Model, graph: Graph, train: Train, dataset: Dataset) -> Pretrained:
    """Give the layers that `train.pretrain` names the weights that they learn alone, in the order of the model.

    The training examples are all of the training part, those without labels included. `DataError` where what a layer
    reads of all of them does not fit into memory.
    """
    from zoo.training import fit

    told = {}
    for name in in_order(graph, train):
        document = layer_document(graph, train, name)
        fitted = fit(document, _alone(model, graph, name, dataset, train.batch_size))
        model.get_layer(name).set_weights(fitted.model.get_layer(name).get_weights())
        told[name] = fitted.history[-1]
    return Pretrained(told)


def _alone(model: keras.Model, graph: Graph, name: str, dataset: Dataset, batch_size: int) -> Dataset:
    """What the layers before one compute of every example that may be looked at, as data of their own."""
    source = graph.node(graph.node(name).inputs[0])
    shown, watched = dataset.without_labels, dataset.validation
    size = 4 * (len(shown) + len(watched)) * int(np.prod(source.output_shape))  # type: ignore[arg-type]  # all are known
    if size > room_for_data():
        raise DataError(f"{graph.name}: what {name!r} reads of all examples takes {size / 1e9:.1f} GB of memory")
    before = None if source.name in graph.inputs else keras.Model(model.input, model.get_layer(source.name).output)
    values = [_values(before, graph, source.name, part, batch_size) for part in (shown, watched)]
    examples = Examples({"input": InMemory(np.concatenate(values))}, {})
    learnt, held = (Part(examples, at) for at in np.split(np.arange(len(examples)), [len(shown)]))
    return Dataset(learnt, held, held, {})


def _values(before: keras.Model | None, graph: Graph, name: str, part: Part, batch_size: int) -> Array:
    found = []
    for start in range(0, len(part), batch_size):
        x = part.take(np.arange(start, min(start + batch_size, len(part)))).x
        if before is None:
            found.append(x[name].astype(np.float32, copy=False))
        else:
            inputs = {each: typed(graph, each, x[each]) for each in graph.inputs}
            found.append(keras.ops.convert_to_numpy(before(one_or_all(inputs), training=False)).astype(np.float32))
    return np.concatenate(found)
