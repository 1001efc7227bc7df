"""Settings shared by all tests."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# A first example may compile the model: no example has a deadline.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# Ctrl-C is ignored in all that a shell starts in the background, and by what that starts in turn, as tests do.
signal.signal(signal.SIGINT, signal.default_int_handler)
