"""N: normalisation."""

from collections.abc import Iterator

from specs.linting.kinds import ACTIVATIONS, DROPOUTS, NORMS, POOLS, SHAPING, WEIGHTS, activation, argument
from specs.linting.rule import Finding, Rule
from specs.linting.view import View, item_places
from specs.tree import MappingNode

SMALL_BATCH = 8
"""Below it batch norm's error grows quickly (arXiv:1803.08494, figure 1: 24.8 % at 8, 27.3 % at 4, 34.7 % at 2)."""


def bias_before_norm(view: View) -> Iterator[Finding]:
    """A bias that the norm right after it takes off again."""
    for node in view.graph.nodes:
        norm = view.next(node)
        if node.op not in WEIGHTS or not argument(node, "use_bias") or activation(node) != "linear" or norm is None:
            continue
        # Group norm takes a bias off only where each channel is a group of its own.
        if norm.op == "BatchNormalization" or argument(norm, "groups") == -1:
            message = "the bias does nothing, for the norm after it takes the mean off; write use_bias: false"
            yield *view.place(node, "use_bias"), message


def dropout_before_batch_norm(view: View) -> Iterator[Finding]:
    """Dropout whose output reaches a batch norm through weights and activations."""
    for node in view.graph.nodes:
        # A mask with one draw an example is stochastic depth, which drops whole branches.
        if node.op in DROPOUTS and argument(node, "rate") > 0 and argument(node, "noise_shape") is None:
            norm = view.onward(node, (*SHAPING, *POOLS, *ACTIVATIONS, *WEIGHTS))
            if norm is not None and norm.op == "BatchNormalization":
                yield (
                    *view.place(node),
                    f"dropout before the batch norm in line {norm.mark.line}; put it after the last",
                )


def small_batches(view: View) -> Iterator[Finding]:
    """Batch norm trained, or searched, on a few examples at a time."""
    train = view.document.train
    if train is None or not any(node.op == "BatchNormalization" for node in view.graph.nodes):
        return
    what = f"batch norm on fewer than {SMALL_BATCH} examples; write norm: group, or larger batches"
    if train.batch_size < SMALL_BATCH:
        yield *view.nearest("train", "batch_size"), what
    name = view.param_at("train", "batch_size")
    axis = view.document.search.space.get(name) if view.document.search and name else None
    if axis is None or name is None:
        return
    if isinstance(axis.min_value, (int, float)) and axis.min_value < SMALL_BATCH:
        yield *view.nearest("search", "space", name, "min_value"), what
    search = view.document.tree.get("search")
    space = search.get("space") if isinstance(search, MappingNode) else None
    searched = space.get(name) if isinstance(space, MappingNode) else None
    for value, place in item_places(searched.get("values") if isinstance(searched, MappingNode) else None):
        if isinstance(value, int) and value < SMALL_BATCH:
            yield *place, what


def norm_after_norm(view: View) -> Iterator[Finding]:
    """A norm whose input is normalised already."""
    for node in view.graph.nodes:
        before = view.before(node)
        if node.op in NORMS and before is not None and before.op in NORMS:
            yield *view.place(node), f"a norm right after the norm in line {before.mark.line}; leave one out"


def one_channel_a_group(view: View) -> Iterator[Finding]:
    """Group norm with as many groups as channels."""
    for node in view.graph.nodes:
        groups, channels = argument(node, "groups"), node.output_shape[-1] if node.output_shape else None
        if node.op == "GroupNormalization" and groups != -1 and groups == channels:
            message = f"{groups} groups of one channel each are instance norm; write fewer groups, or groups: -1"
            yield *view.place(node, "groups"), message


def decay_of_norms(view: View) -> Iterator[Finding]:
    """A penalty on the scale or the shift of a norm."""
    for node in view.graph.nodes:
        for name in ("gamma_regularizer", "beta_regularizer"):
            penalty = argument(node, name)
            if node.op in NORMS and penalty is not None and (penalty.l1 or penalty.l2):
                yield *view.place(node, name), f"{name} pulls the norm's own weights to zero; leave it out"


def norm_of_one_value(view: View) -> Iterator[Finding]:
    """A norm whose statistics are those of a single value, so that every output is the shift."""
    for node in view.graph.nodes:
        shape = node.output_shape
        alone = node.op == "LayerNormalization" and argument(node, "axis") == (-1,) and shape[-1] == 1
        each = node.op == "GroupNormalization" and argument(node, "groups") in (-1, shape[-1])
        if alone or (each and all(size == 1 for size in shape[:-1])):
            yield *view.place(node), "normalises single values, so that every output is its shift; leave it out"


RULES = (
    Rule(
        "N01",
        bias_before_norm,
        "a bias before batch norm",
        "Batch norm subtracts the mean of each channel and adds its own shift, so a bias before it changes nothing "
        "but costs weights and time.",
        "arXiv:1502.03167, section 3.2",
    ),
    Rule(
        "N02",
        dropout_before_batch_norm,
        "dropout before batch norm",
        "Dropout changes the variance between training and inference, and batch norm keeps the one of training: the "
        "moving variance is wrong when the model serves. Put dropout after the last batch norm.",
        "arXiv:1801.05134, section 3",
    ),
    Rule(
        "N03",
        small_batches,
        "batch norm with tiny batches",
        "The statistics of a few examples are noise. Group norm does not look at the batch.",
        "arXiv:1803.08494, figure 1",
    ),
    Rule(
        "N04",
        norm_after_norm,
        "a norm right after a norm",
        "The second finds what it would make already made; only one scale and shift can be told apart.",
        "arXiv:1502.03167, section 3",
    ),
    Rule(
        "N05",
        one_channel_a_group,
        "group norm with one channel a group",
        "Then no channel learns from another's statistics, which is what the groups are for: on ImageNet the "
        "error is 24.1 % with 32 groups and 28.4 % with one channel a group.",
        "arXiv:1803.08494, section 4.1, table 3",
    ),
    Rule(
        "N06",
        decay_of_norms,
        "L1 or L2 on the scale or shift of a norm",
        "The following layer can undo the scale, so the penalty regularises nothing and only slows learning; decay the "
        "kernels alone.",
        "arXiv:1812.01187, section 3.1 (no bias decay)",
    ),
    Rule(
        "N07",
        norm_of_one_value,
        "a norm over a single value",
        "A value less its own mean is zero, whatever the input was; nothing after it can learn from what came before.",
        "arXiv:1607.08022 (the mean that is taken from each value)",
    ),
)
