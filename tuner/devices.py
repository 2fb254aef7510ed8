"""Which device each worker sees, found out without opening one."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"

_SHARED = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""Has TensorFlow and JAX take memory of a GPU as they need it, and not all of it at once."""


def gpus(environment: Mapping[str, str] = os.environ, folder: Path = Path("/dev")) -> tuple[str, ...]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them.

    >>> gpus({"CUDA_VISIBLE_DEVICES": "2,3"}), gpus({"CUDA_VISIBLE_DEVICES": "0,-1,1"})
    (('2', '3'), ('0',))
    >>> gpus({"CUDA_VISIBLE_DEVICES": ""})
    ()
    """
    if VISIBLE not in environment:
        return tuple(
            map(str, range(sum(bool(re.fullmatch(r"nvidia\d+", path.name)) for path in folder.glob("nvidia*"))))
        )
    names = [name.strip() for name in environment[VISIBLE].split(",")]
    # CUDA looks at no name behind one that is none.
    last = next((index for index, name in enumerate(names) if name in ("", "-1")), len(names))
    return tuple(names[:last])


def shares(workers: int | None, found: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    """For each worker what it sets in its environment; one worker a GPU, or one in all, where no number is given.

    >>> shares(None, ["0", "1"])
    ({'CUDA_VISIBLE_DEVICES': '0'}, {'CUDA_VISIBLE_DEVICES': '1'})
    >>> shares(None, []), shares(2, [])
    (({},), ({}, {}))
    >>> shares(2, ["0"])[1]["TF_FORCE_GPU_ALLOW_GROWTH"]
    'true'
    """
    count = workers or max(1, len(found))
    if not found:
        return ({},) * count
    shared = _SHARED if count > len(found) else {}
    return tuple({VISIBLE: found[index % len(found)], **shared} for index in range(count))
