"""What a step of a training takes of the device's memory, by taking one."""

import math

import specs
from specs.document import Document
from zoo.adapting import adapted
from zoo.data.dataset import Dataset
from zoo.data.loading import training_of
from zoo.device_memory import peak
from zoo.feeding import Feed
from zoo.training import prepared, training_form


def step_memory(document: Document, dataset: Dataset) -> int | None:
    """Bytes that the model and one step of its training took at most; None where the system does not say.

    The counterpart of `specs.analysis.memory`, which counts what the algorithm needs: this is with what the backend
    takes beside it.
    """
    train = training_of(document)
    document = adapted(document, dataset.train, train.batch_size)
    graph = specs.lower(document)
    feed = Feed(dataset.train, training_form(graph, train, dataset), train.batch_size, seed=train.seed)
    batch = feed[0]
    with peak() as taken:
        model, _ = prepared(document, graph, train, None, dataset)
        for _ in range(math.ceil(train.optimizer.args.gradient_accumulation_steps or 1)):  # type: ignore[attr-defined]
            model.train_on_batch(*batch)
    return taken[0] if taken else None
