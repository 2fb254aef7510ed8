"""Asks an export as a stranger's server would: a script of its own with TensorFlow and NumPy, nothing of ours.

    python -I client.py EXPORT ASKED.npz ANSWERED.npz

ASKED holds arrays named SIGNATURE/BATCH/INPUT, ANSWERED will hold SIGNATURE/BATCH/OUTPUT, for every batch; texts of
answers are bytes in UTF-8.
`zoo.exports.exporting` starts it in a fresh process to prove that the export needs neither Keras nor speczoo.
"""

import sys
from collections import defaultdict
from typing import Any

FOREIGN = frozenset({"keras", "zoo", "specs"})
"""What a server does not have."""


def main(export: str, asked: str, answered: str) -> None:
    """Call every signature once for each of its batches and write down what came back."""
    # TensorFlow imports Keras by itself where it is installed. None makes Python say that it is not.
    sys.modules["keras"] = None  # type: ignore[assignment]
    import numpy as np
    import tensorflow as tf

    calls: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for key, value in np.load(asked, allow_pickle=False).items():
        signature, batch, name = key.split("/", 2)
        calls[signature, batch][name] = tf.constant(value)
    signatures = tf.saved_model.load(export).signatures
    answers = {}
    for (signature, batch), inputs in calls.items():
        for name, value in signatures[signature](**inputs).items():
            array = value.numpy()
            answers[f"{signature}/{batch}/{name}"] = array.astype(np.bytes_) if array.dtype == object else array
    np.savez(answered, allow_pickle=False, **answers)
    loaded = FOREIGN & {name.split(".")[0] for name, module in sys.modules.items() if module is not None}
    if loaded:
        sys.exit(f"the export was served with the help of {', '.join(sorted(loaded))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
