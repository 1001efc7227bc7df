"""A copy of the package whose sources may be edited."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import cisim
from cisim.dynamics import compiled, digest


@pytest.fixture
def copied_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The copy, which digests and the folder of compiled code are computed from."""
    package = tmp_path / "cisim"
    shutil.copytree(
        Path(cisim.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "emon", "*.toml")
    )
    monkeypatch.setattr(digest, "PACKAGE", package)
    monkeypatch.setattr(compiled, "model_digest", digest.model_digest.__wrapped__)
    return package


@pytest.fixture
def folder_now() -> Callable[[], Path]:
    """Compute the folder of compiled code from the sources as they are now."""
    uncached: Callable[[], Path] = compiled.cache_folder.__wrapped__
    return uncached
