"""A process of its own for tests: a small training on JAX with a cache on disk, and what was compiled anew: RATE."""

import collections
import json
import sys

import jax
import numpy as np

import specs
import zoo

SPEC = """
name: small
input: {shape: [4]}
body: [{Dropout: {rate: RATE}}, {Dense: {units: 3, activation: softmax}}]
train: {epochs: 1, batch_size: 8, data: {npz: {path: none.npz}}}
"""

if __name__ == "__main__":
    events: collections.Counter[str] = collections.Counter()
    jax.monitoring.register_event_listener(lambda name, **_: events.update([name.rpartition("/")[2]]))
    document = specs.loads(SPEC.replace("RATE", sys.argv[1]), file="spec.yaml")
    points = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
    history = zoo.fit(document, (points, np.arange(32) % 3)).history
    print(json.dumps({"history": history, "compiled": events["cache_misses"]}))
