"""Where a classifier of images looks: Grad-CAM, from the last feature map that still has places."""

from typing import Any

import numpy as np

from specs.graph import Graph, Node
from specs.variants import with_linear_ends
from zoo.backend import keras
from zoo.building import build
from zoo.data.dataset import Array
from zoo.finished import Finished


def last_feature_map(graph: Graph, output: str) -> Node | None:
    """The last node before an output that gives (height, width, channels), behind a convolution; None without one.

    >>> import specs
    >>> last_feature_map(specs.lower(specs.load("resnet50")), "output").name
    'stage5_bottleneck3_activation1'
    >>> last_feature_map(specs.lower(specs.load("digits_mlp")), "output") is None
    True
    """
    end = graph.outputs[output].node
    before = graph.upstream([end])
    for node in reversed([each for each in graph.nodes if each.name in before and each.name != end]):
        shape = node.output_shape
        if len(shape) == 3 and None not in shape and shape[0] != 1 != shape[1]:
            reached = graph.upstream([node.name])
            return node if any("Conv" in each.op for each in graph.nodes if each.name in reached) else None
    return None


def grad_cam(finished: Finished, output: str, images: Array, classes: Array) -> Array | None:
    """How much each place of the images speaks for the given class: (images, height, width) of the feature map.

    Values are from 0 to 1, the largest of an image 1; all 0 where no place speaks for the class. The scores that are
    derived are those before softmax or sigmoid. `images` are as the model takes them, `classes` a number for each; of a
    model with a single number for two classes the first is what the number speaks against.

    None where the model has several inputs or is an ensemble, has no convolution, or where the backend is not
    TensorFlow, whose tape gives the gradients.

    Selvaraju et al. 2017, Grad-CAM (arXiv:1610.02391), equations 1 and 2.
    """
    graph = finished.graph
    node = last_feature_map(graph, output)
    single = len(graph.inputs) == 1 and finished.voting is None
    if node is None or not single or keras.backend.backend() != "tensorflow":
        return None
    linear = with_linear_ends(graph)
    model = build(linear)
    trained = finished.model()
    for layer in model.layers:
        layer.set_weights(trained.get_layer(layer.name).get_weights())
    return maps_of(model, node.name, linear.outputs[output].node, images, classes)


def maps_of(model: keras.Model, layer: str, end: str, images: Array, classes: Array) -> Array:
    """As `grad_cam`, for a model whose layer `end` gives scores of shape (images, classes)."""
    from zoo.backend import tensorflow

    probe = keras.Model(model.input, [model.get_layer(name).output for name in (layer, end)])
    read = tensorflow.convert_to_tensor(images)
    with tensorflow.GradientTape() as tape:
        # Of a model whose weights are all frozen the tape would write nothing down.
        tape.watch(read)
        maps, scores = probe(read, training=False)
        asked = tensorflow.reduce_sum(_of_class(scores, classes))
    gradients = tape.gradient(asked, maps)
    return weighed(np.asarray(maps, np.float32), np.asarray(gradients, np.float32))


def _of_class(scores: Any, classes: Array) -> Any:
    """The score of each example's class; a number alone speaks for the second of two classes."""
    ops = keras.ops
    if scores.shape[-1] == 1:
        return scores[..., 0] * np.where(classes == 1, 1.0, -1.0)
    return ops.sum(scores * ops.one_hot(classes, scores.shape[-1], dtype=scores.dtype), axis=-1)


def weighed(maps: Array, gradients: Array) -> Array:
    """Feature maps of shape (images, height, width, channels), weighed by their mean gradients, from 0 to 1.

    >>> maps = np.array([[[[1.0, 2.0], [3.0, 0.0]]]])
    >>> gradients = np.array([[[[1.0, -1.0], [3.0, -1.0]]]])  # means: 2 and -1
    >>> weighed(maps, gradients).tolist()
    [[[0.0, 1.0]]]
    """
    weights = gradients.mean(axis=(1, 2), keepdims=True)
    found = np.maximum((weights * maps).sum(axis=-1), 0)
    highest = found.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.divide(found, highest, out=np.zeros_like(found), where=highest > 0))
