"""Inputs of a signature under names that TensorFlow saves none of.

It saves functions whose arguments could be those of Python: no "capital gain (USD)", no "class", no "Age" beside "age".
Whoever loads a SavedModel is content with any text: servers and TensorFlow's C API read the names in `signature_def`,
tf.saved_model.load those of the concrete function in the graph of objects.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.backend import import_quietly


def rename_inputs(path: Path, signature: str, names: Mapping[str, str]) -> None:
    """Write a saved_model.pb anew in which the inputs of a signature have other names, by those of now."""
    saved = import_quietly("tensorflow.core.protobuf.saved_model_pb2").SavedModel.FromString(path.read_bytes())
    graph = saved.meta_graphs[0]
    inputs = graph.signature_def[signature].inputs
    tensors = {name: inputs[name].SerializeToString() for name in names}
    inputs.clear()
    for name, tensor in tensors.items():
        inputs[names[name]].ParseFromString(tensor)
    nodes = graph.object_graph_def.nodes
    keywords = _child(nodes, _child(nodes, nodes[0], "signatures"), signature).bare_concrete_function.argument_keywords
    keywords[:] = [names[keyword] for keyword in keywords]
    path.write_bytes(saved.SerializeToString(deterministic=True))


def _child(nodes: Any, node: Any, name: str) -> Any:
    """The object that another has under a name."""
    return next(nodes[each.node_id] for each in node.children if each.local_name == name)
