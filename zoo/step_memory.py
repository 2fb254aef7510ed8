"""What a step of a training takes of the device's memory, by taking one."""

import gc

import specs
from specs.document import Document
from specs.sections.optimizers import Optimizer
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
    optimizer = train.optimizer.args
    assert isinstance(optimizer, Optimizer)
    document = adapted(document, dataset.train, train.batch_size)
    graph = specs.lower(document)
    feed = Feed(dataset.train, training_form(graph, train, dataset), train.batch_size, seed=train.seed)
    batch = feed[0]
    with peak() as taken:
        # As one that has begun: pretraining is no step, and takes its time.
        model, _ = prepared(document, graph, train, None, dataset, begun=True)
        for _ in range(optimizer.gradient_accumulation_steps or 1):
            model.train_on_batch(*batch)
    del model
    gc.collect()  # a model refers to itself, and would stay in memory beside the one that is trained next
    return taken[0] if taken else None
