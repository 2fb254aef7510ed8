"""Settings of all property tests: the same examples every time, no deadline, no complaint of a slow machine.

`RANDOM=1 pytest …` draws examples that nobody has seen yet; what fails then fails every time from then on.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "speczoo", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="RANDOM" not in os.environ
)
settings.load_profile("speczoo")
