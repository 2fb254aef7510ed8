"""Asks an export as a stranger's server would: a script of its own with TensorFlow and NumPy, nothing of ours.

    python -I client.py EXPORT ASKED.npz ANSWERED.npz

ASKED holds arrays named BATCH/INPUT, ANSWERED will hold BATCH/OUTPUT, for every batch.
`zoo.exports.exporting` starts it in a fresh process to prove that the export needs neither Keras nor speczoo.
"""

import sys
from collections import defaultdict
from typing import Any

FOREIGN = frozenset({"keras", "zoo", "specs"})
"""What a server does not have."""


def main(export: str, asked: str, answered: str) -> None:
    """Call the signature once for each batch and write down what came back."""
    # TensorFlow imports Keras by itself where it is installed. None makes Python say that it is not.
    sys.modules["keras"] = None  # type: ignore[assignment]
    import numpy as np
    import tensorflow as tf

    batches: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for key, value in np.load(asked, allow_pickle=False).items():
        batch, name = key.split("/", 1)
        batches[batch][name] = tf.constant(value)
    serve = tf.saved_model.load(export).signatures["serving_default"]
    answers = {batch: serve(**inputs) for batch, inputs in batches.items()}
    np.savez(
        answered,
        allow_pickle=False,
        **{f"{batch}/{name}": value for batch, out in answers.items() for name, value in out.items()},
    )
    loaded = FOREIGN & {name.split(".")[0] for name, module in sys.modules.items() if module is not None}
    if loaded:
        sys.exit(f"the export was served with the help of {', '.join(sorted(loaded))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
