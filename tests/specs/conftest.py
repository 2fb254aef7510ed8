"""Settings of the property tests: no deadline, because the machine may be busy."""

from hypothesis import settings

settings.register_profile("specs", deadline=None, max_examples=25)
settings.load_profile("specs")
