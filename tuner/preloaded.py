"""What every worker has in memory from its first moment: imported once, by the process that workers are forked from.

Nothing of it may open a device: a fork would not take it along.
"""

import contextlib

from specs.errors import SpeczooError

# What cannot be imported is said by the first worker, which can.
with contextlib.suppress(ImportError, SpeczooError, ValueError):
    import zoo.training  # noqa: F401
