"""What is likely meant by a step that is written in the wrong shape."""

from specs.blocks import BESIDE
from specs.combinators import COMBINATORS
from specs.errors import Mark
from specs.ops import OPS
from specs.repairs import Edit, Repair, replaced, spelled, yaml
from specs.step import LAYERS, Context
from specs.tree import Entry, ScalarNode, TreeNode, plain


def one_layer_hint(kinds: list[Entry], context: Context) -> str:
    """What is likely meant by a step with no layer, or with several keys that could be one."""
    known = [each for each in kinds if each.key in context.blocks or each.key in COMBINATORS or each.key in LAYERS]
    if len(known) == 1 and isinstance(known[0].value, ScalarNode) and known[0].value.value is None:
        return f"indent the arguments deeper than {known[0].key}, or write {known[0].key}: {{argument: value}}"
    if len(known) > 1:
        return "give each step a dash of its own"
    return f"beside the layer may stand {', '.join(BESIDE)}"


def stray_key(kinds: list[Entry], context: Context) -> Entry | None:
    """The first key beside a step's only layer that can stand there neither as a layer nor otherwise."""
    known = {*context.blocks, *COMBINATORS, *LAYERS}
    layers = [each for each in kinds if each.key in known]
    return next((each for each in kinds if each.key not in known), None) if len(layers) == 1 else None


def beside_repairs(stray: Entry | None) -> tuple[Repair, ...]:
    """The keys that may stand beside a layer in place of one that may not."""
    return spelled(stray.key_mark, stray.key, BESIDE) if stray else ()


def _arguments(kind: str, context: Context) -> list[str]:
    """The arguments of a step, those that it needs first."""
    block = context.blocks.get(kind)
    model = COMBINATORS.get(kind) or OPS.get(kind)
    fields = model.model_fields if model else {}
    required = [name for name, each in fields.items() if each.is_required()]
    return [*block.required(), *block.params] if block else [*required, *fields]


def shape_hint(kind: str, given: TreeNode, context: Context) -> str:
    """How the arguments are written."""
    names = _arguments(kind, context)
    return f"write {kind}: {{{names[0]}: …}}" if names else f"{kind} takes no arguments: write {kind} alone"


def argument_repairs(kind: str, given: TreeNode, context: Context) -> tuple[Repair, ...]:
    """A value that stands where the arguments belong, put into the argument that it likely is."""
    if not isinstance(given, ScalarNode):
        return ()
    names = _arguments(kind, context)[:1]
    texts = ((name, f"write {kind}: {{{name}: {yaml(plain(given))}}}") for name in names)
    return tuple(each for name, text in texts for each in replaced(given, {name: plain(given)}, text))


def dense_repairs(mark: Mark) -> tuple[Repair, ...]:
    """The layer in place of the combinator of nearly the same name."""
    return (Repair("did you mean the layer Dense?", (Edit("replace", mark, "Dense"),)),)
