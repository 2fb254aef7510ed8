"""Every check, in the order in which one may explain those after it; reading this tuple is reading what is asked."""

from zoo.diagnosing import (
    examples,
    flowing,
    freezing,
    initial,
    learning,
    norming,
    outputs,
    rating,
    scaling,
    starting,
    throughput,
)
from zoo.diagnosing.check import Check

CHECKS: tuple[Check, ...] = (
    Check("data", "Are there enough of each class, no copies, nothing constant?", examples.data),
    Check("output and loss", "Does each output give what its loss takes?", outputs.outputs_and_loss),
    Check("frozen layers", "Is anything frozen that knows nothing?", freezing.frozen_layers),
    Check("initial weights", "Do units start different from each other?", initial.equal_weights),
    Check("scale of inputs", "Do weights meet inputs of the size that they are drawn for?", scaling.scale_of_inputs),
    Check("loss at the start", "Does the loss start where one that knows nothing has it?", starting.loss_at_start),
    Check("signals at the start", "Do all layers get activations and gradients?", flowing.signals_at_the_start),
    Check("batch norm", "Are there enough examples in a batch to normalise by?", norming.batch_statistics),
    Check("learning rate", "Would another rate learn, where this one does not?", rating.learning_rate),
    Check("updates", "Does a step move every layer, and none too far?", rating.updates),
    Check("signals later", "Do all layers still get activations and gradients?", flowing.signals_later),
    Check("one batch", "Can a batch be learnt by heart?", learning.one_batch),
    Check("labels", "Are true labels learnt better than shuffled ones?", learning.labels),
    Check("throughput", "From which batch size on does it get no faster?", throughput.throughput),
)
