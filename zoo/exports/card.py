"""README.md of an export: the model card that people and model hubs read, as Mitchell et al. (2019) propose it.

https://arxiv.org/abs/1810.03993; the front matter is that of Hugging Face.
"""

import html
from collections.abc import Iterator
from typing import Any

import yaml

from specs.document import Document
from specs.render.mermaid import model_drawn
from zoo.exports.manifest import SERVING, Manifest, Tensor
from zoo.exports.origin import Data, Training

CARD = "README.md"

MAX_CLASSES = 100
"""Classes that the card names; speczoo.json has all."""

FREE_SIZE = 64
"""What stands in the example for a size that is free."""


def card(manifest: Manifest, document: Document) -> str:
    """The card of an export, whose document is that of its model, of an ensemble that of its first member."""
    return "\n".join(
        [
            f"---\n{yaml.safe_dump(_front(manifest), sort_keys=False)}---\n",
            f"# {manifest.name}\n\n{_summary(manifest, document)}\n",
            f"```mermaid\n{model_drawn(document)}\n```\n",
            *_chapter("Use", [_use(manifest)]),
            *_chapter("What goes in and out", list(_signatures(manifest))),
            *_chapter("Classes", [_classes(output, names) for output, names in (manifest.classes or {}).items()]),
            *_chapter("How good it is", list(_test(manifest))),
            *_chapter("Data", [_data(each) for each in manifest.origin.data]),
            *_chapter("How it was made", list(_made(manifest))),
        ]
    )


def _front(manifest: Manifest) -> dict[str, Any]:
    """Of the model's own licence nothing is known here; its maker writes it."""
    tags = ["speczoo", "tensorflow", "saved_model"]
    return {"license": "unknown", "tags": tags, "metrics": list(manifest.origin.test)}


def _summary(manifest: Manifest, document: Document) -> str:
    needs = manifest.origin.needs
    facts = [f"{needs.params:,} parameters"]
    facts += [f"{needs.macs:,} multiply-accumulates for one input"] if needs.macs is not None else []
    facts += [f"{needs.memory / 2**20:,.1f} MiB for a training step"] if needs.memory is not None else []
    told = [_plain(document.summary or ""), document.source and f"After {_plain(document.source)}"]
    fresh = None if manifest.trained else "**The weights are fresh: nobody has trained this model.**"
    return "\n\n".join(part for part in (*told, fresh, f"{', '.join(facts)}.") if part)


def _chapter(title: str, parts: list[str]) -> list[str]:
    return [f"## {title}\n", *(f"{part}\n" for part in parts)] if parts else []


def _use(manifest: Manifest) -> str:
    signature = manifest.signatures[SERVING]
    asked = ", ".join(f"{name}={_example(each)}" for name, each in signature.inputs.items())
    output = next(iter(signature.outputs))
    return f"""```python
import tensorflow as tf

serve = tf.saved_model.load(".").signatures["{SERVING}"]  # "." is this directory
answers = serve({asked})  # a batch of one
print(answers["{output}"].numpy())
```

The files are checked by `zoo verify`, and `zoo recover` gives back the spec and a model that can be trained."""


def _example(tensor: Tensor) -> str:
    shape = (1, *(FREE_SIZE if size is None else size for size in tensor.shape))
    return f'tf.fill({shape}, "text")' if tensor.dtype == "string" else f"tf.zeros({shape}, tf.{tensor.dtype})"


def _signatures(manifest: Manifest) -> Iterator[str]:
    for name, signature in manifest.signatures.items():
        rows = [("input", each, tensor) for each, tensor in signature.inputs.items()]
        rows += [("output", each, tensor) for each, tensor in signature.outputs.items()]
        lines = [f"| {side} | `{each}` | {_shape(tensor)} | {tensor.dtype} |" for side, each, tensor in rows]
        yield "\n".join([f"Signature `{name}`:\n", "| | name | shape | type |", "|---|---|---|---|", *lines])


def _shape(tensor: Tensor) -> str:
    return "×".join(["batch", *("any" if size is None else str(size) for size in tensor.shape)])


def _classes(output: str, names: tuple[str, ...]) -> str:
    more = f", … ({len(names)} in all, see speczoo.json)" if len(names) > MAX_CLASSES else ""
    return f"`{output}`: {', '.join(map(_plain, names[:MAX_CLASSES]))}{more}"


def _test(manifest: Manifest) -> Iterator[str]:
    if manifest.origin.test:
        rows = [
            f"| {name} | {'not finite' if value is None else f'{value:.4f}'} |" for name, value in _figures(manifest)
        ]
        yield "\n".join(["On the test part, which no training saw:\n", "| | |", "|---|--:|", *rows])


def _figures(manifest: Manifest) -> list[tuple[str, float | None]]:
    return [(_plain(name), value) for name, value in manifest.origin.test.items()]


def _data(data: Data) -> str:
    known = _plain(data.licence) if data.licence else "none that is known here"
    return f"{data.name}; licence: {known}{f'; see {_plain(data.source)}' if data.source else ''}"


def _made(manifest: Manifest) -> Iterator[str]:
    yield from (_training(run) for run in manifest.origin.runs)
    spec = "spec.yaml" if len(manifest.origin.runs) < 2 else "ensemble.yaml and member*.yaml"
    yield f"Spec: {spec}. Written with {_versions(manifest.versions)}; SHA-256 of every file in speczoo.json."


def _training(run: Training) -> str:
    examples = ", ".join(f"{count:,} {part}" for part, count in run.data.examples.items())
    params = ", ".join(f"`{name}={_plain(str(value))}`" for name, value in run.params.items())
    return "\n".join(
        [
            f"- {_plain(run.name)}: {run.epochs} epochs, the best {run.best_epoch}, {run.seconds:,.0f} s",
            f"- seed {run.seed}",
            f"- examples: {examples}; fingerprint `{run.data.fingerprint}`",
            *([f"- params: {params}"] if params else []),
            *([f"- started with {_plain(run.started)}"] if run.started else []),
            f"- trained with {_versions(run.versions)}",
        ]
    )


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _plain(text: str) -> str:
    """Text as it is in any Markdown: neither markup nor a new line.

    >>> _plain("a|b <i>`x`")
    'a&#124;b &lt;i&gt;&#96;x&#96;'
    """
    escaped = html.escape(" ".join(text.split()), quote=False)
    return "".join(f"&#{ord(letter)};" if letter in "|`*_[]\\" else letter for letter in escaped)
