"""Settings shared by all tests."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

#: Files that take longest, in part with few tests: they begin first, so that no processor waits for the last of them.
LONG = (
    "test_mechanism", "test_user_code", "test_docking_rest", "test_stages", "test_workers", "test_process",
    "test_second_opinion", "test_sameness", "test_engine", "test_import", "test_store", "test_run", "test_kills",
    "test_odd_days", "test_parts", "test_study", "test_plan", "test_docking_opinions", "test_experiments", "test_dials",
    "test_invariants", "test_diagnose",
)  # fmt: skip

# A first example may compile the model: no example has a deadline.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
settings.register_profile("few", parent=settings.get_profile("dev"), max_examples=20)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# Ctrl-C is ignored in all that a shell starts in the background, and by what that starts in turn, as tests do.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Processes that tests start keep the byte code of what they import: without, each of many starts takes seconds longer.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))
