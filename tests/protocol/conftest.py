"""What needs a tool that may be missing."""

from __future__ import annotations

import pytest

from tests.protocol.c_compiler import compiler_is_required, find_compiler


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no C compiler, leave out what needs it; ``test_c_header.py`` says so."""
    if find_compiler() is not None or compiler_is_required():
        return
    left_out = [item for item in items if "program" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
