"""Params of blocks and of the document that bear the same name."""

import specs

HEAD = """
name: same_names
params: {units: 3}
input: {shape: [4]}
blocks:
  head:
    params: {units: 5, twice: $(2 * units)}
    body: [Dense: {units: $twice}]
body:
"""


def _units(*steps: str) -> list[int | None]:
    graph = specs.lower(specs.loads(HEAD + "".join(f"  - {step}\n" for step in steps)))
    return [node.output_shape[-1] for node in graph.nodes if node.op == "Dense"]


def test_a_block_s_param_hides_the_document_s() -> None:
    assert _units("head") == [10]


def test_a_block_s_param_takes_the_value_of_the_document_s_of_its_name() -> None:
    assert _units("head: {units: $units}", "Dense: {units: $units}") == [6, 3]
