"""`index:` beside a repeated step: each pass is a step of its own, whose arguments know its number."""

from collections.abc import Iterator
from dataclasses import replace

from specs.beside import repeat_of
from specs.resolve import Scope, check_param_name, resolve
from specs.step import MAX_STEPS, Context
from specs.tree import Entry, MappingNode, ScalarNode, TreeNode, got_at


def passes(node: MappingNode, scope: Scope, context: Context) -> Iterator[tuple[MappingNode, Scope]]:
    """A step that has an `index`, written out: the step of each pass, and the scope that holds the pass's number.

    The first pass has the number 0. A name gets the number that `repeat` gives it: `name_1` is the first.
    """
    index, repeat, name = node.entry("index"), node.entry("repeat"), node.entry("name")
    assert index is not None
    counter = _counter(index, context)
    if repeat is None:
        message = "is the number of the pass of a repeated step, and this one is not repeated"
        context.refuse(index.key_mark, index.value.path, message, "index: stands beside repeat: alone")
    if counter is None or repeat is None:
        return
    kept = tuple(each for each in node.entries if each.key not in ("index", "repeat"))
    times = repeat_of(resolve(repeat.value, scope, context.report), context)
    if context.count + times > MAX_STEPS:
        context.refuse(node.mark, node.path, f"the model has more than {MAX_STEPS:,} steps")
        return
    for number in range(times):
        one = replace(node, entries=kept)
        if name is not None and times > 1:
            numbered = replace(name, value=_numbered(name.value, number, scope, context))
            one = replace(node, entries=tuple(numbered if each.key == "name" else each for each in kept))
        yield one, scope.inner({counter: ScalarNode(number, index.value.mark, index.value.path)})


def _counter(index: Entry, context: Context) -> str | None:
    """The name under which the arguments know the pass's number."""
    node = index.value
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        check_param_name(Entry(node.value, node.mark, node), context.report)
        return node.value
    context.refuse(node.mark, node.path, f"must be a name {got_at(node)}")
    return None


def _numbered(node: TreeNode, number: int, scope: Scope, context: Context) -> TreeNode:
    found = resolve(node, scope, context.report)
    if isinstance(found, ScalarNode) and isinstance(found.value, str):
        return replace(found, value=f"{found.value}_{number + 1}")
    return found
