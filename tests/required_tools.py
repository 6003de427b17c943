"""Programs that are not Python's: without them a test is left out, and in CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest


def need(missing: str | None) -> None:
    """Skip a test that lacks something; where BABYN_REQUIRE_TOOLS is 1, fail it.

    Args:
        missing: what is missing and what to do, in words; ``None`` if nothing is.
    """
    if missing is None:
        return
    if os.environ.get("BABYN_REQUIRE_TOOLS") == "1":
        pytest.fail(f"BABYN_REQUIRE_TOOLS is set, and {missing}")
    pytest.skip(missing)


def missing_program(name: str, package: str) -> str | None:
    """Return words for a program that is not installed, or ``None`` if it is."""
    if shutil.which(name) is not None:
        return None
    return f"there is no {name}; install the package {package}"
