"""Settings of all property tests: the same examples every time, no deadline, no complaint of a slow machine.

`RANDOM=1 pytest …` draws examples that nobody has seen yet; what fails then fails every time from then on.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "speczoo", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="RANDOM" not in os.environ
)
settings.load_profile("speczoo")


@pytest.fixture(scope="session", autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The key that marks exports is made beside the tests, not at the home of whoever runs them."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
