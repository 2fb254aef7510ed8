"""What is likely meant by a step that is written in the wrong shape."""

from specs.blocks import BESIDE
from specs.combinators import COMBINATORS
from specs.errors import yaml_text
from specs.ops import OPS
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


def shape_hint(kind: str, given: TreeNode, context: Context) -> str:
    """How the arguments are written, with the given value put in the place where it likely belongs."""
    block = context.blocks.get(kind)
    model = COMBINATORS.get(kind) or OPS.get(kind)
    fields = model.model_fields if model else {}
    required = [name for name, each in fields.items() if each.is_required()]
    names = [*block.required(), *block.params] if block else [*required, *fields]
    if not names:
        return f"{kind} takes no arguments: write {kind} alone"
    value = plain(given) if isinstance(given, ScalarNode) else "…"
    return f"{kind}: {{{names[0]}: {value if isinstance(value, str) else yaml_text(value)}}}"
