"""The text that `zoo new` writes: a spec to start from, with comments."""

from pathlib import Path

from specs.errors import UserError, did_you_mean
from specs.load import read_source
from specs.shipped import SCHEMA_FILE, shipped
from specs.tree import MappingNode, plain

MODELINE = "# yaml-language-server: $schema={schema}\n"
"""Tells editors where the schema lies: in the installed package, so that it fits the language that is installed."""

STARTER = """\
# zoo validate {file}   checks it; zoo show {file} prints its layers; zoo train, tune and export do the rest.
name: {name}
summary: One sentence on what this model is

params:                       # named values: refer to them as $units, set them with --set units=64, or search them
  units: 64
  dropout: 0.2
  learning_rate: 1e-3
  batch_size: 32

input: {{shape: [8, 8, 1]}}     # height, width, channels

defaults:                     # arguments by kind of step; a step's own arguments win
  conv: {{padding: same, order: conv-norm-act, activation: relu, use_bias: false}}

body:                         # a step is a layer by Keras' name, the unit conv, parallel, residual, dense, or a block
  - Rescaling: {{scale: $(1 / 255)}}
  - conv: {{filters: 16, kernel_size: 3}}
  - residual:                 # body(x) + shortcut(x)
      shortcut: auto          # a 1×1 projection where the shapes differ
      body:
        - conv: {{filters: 32, kernel_size: 3, strides: 2}}
        - conv: {{filters: 32, kernel_size: 3, activation: linear}}
      activation: relu
  - GlobalAveragePooling2D
  - Dense: {{units: $units, activation: relu}}
  - Dropout: {{rate: $dropout}}
  - Dense: {{units: 10, activation: softmax}}

train:
  data: digits                # or {{npz: {{path: mine.npz}}}}, {{image_folder: {{path: photos}}}}
  optimizer: {{Adam: {{learning_rate: $learning_rate}}}}
  batch_size: $batch_size
  epochs: 20
  early_stopping: {{patience: 5}}

search:
  objective: val_accuracy
  oracle: random              # random, bayesian, hyperband or grid
  trials: 10
  epochs: 5
  space:                      # each key is a param above
    learning_rate: {{min_value: 1e-4, max_value: 1e-2, sampling: log}}
    batch_size: {{values: [16, 32, 64]}}
    dropout: {{min_value: 0.0, max_value: 0.5}}
    units: {{values: [32, 64, 128]}}
"""

VARIANT = """\
# What differs from {base}; zoo show {file} prints the whole.
name: {name}
summary: One sentence on how this differs from {base}
extends: {base}

params:                       # those of {base}: uncomment what you change
{params}
"""


def starter(name: str, file: str, base: str | None = None) -> str:
    """The text of a new spec; with `base` one that extends that shipped model.

    Raises UserError where the name is none or no such model is shipped.

    >>> print(starter("mine", "mine.yaml", "densenet121").splitlines()[4])
    extends: densenet121
    """
    if not name.isidentifier() or not name.isascii():
        raise UserError(f"{name!r} is no name: use letters, digits and underscores, and no digit first")
    modeline = MODELINE.format(schema=SCHEMA_FILE.as_uri())
    if base is None:
        return modeline + STARTER.format(name=name, file=file)
    if base not in shipped():
        hint = did_you_mean(base, shipped())
        raise UserError(f"no shipped model is named {base!r}" + (f"; {hint}" if hint else ""))
    params = read_source(base)[0].get("params")
    given = plain(params) if isinstance(params, MappingNode) else {}
    lines = "\n".join(f"  # {key}: {value}" for key, value in given.items())
    return modeline + VARIANT.format(name=name, file=file, base=base, params=lines)


def write_new(path: Path, text: str) -> None:
    """Writes a file that is not there yet; UserError where it is or cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{path} is there already; give another name or remove it") from None
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None
