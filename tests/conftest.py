"""Settings of all property tests: no deadline and no complaint of slowness, because the machine may be busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("speczoo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("speczoo")
