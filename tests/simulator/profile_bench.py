"""What the tests of the central profiles share: each setting, on every profile that has it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from babyn_simulator.bleak_backend.profiles import PLAIN, PROFILES

SHOWN: set[str] = set()
"""The settings for which there is a test. Filled as the test modules are imported."""


def on_profiles(setting: str) -> pytest.MarkDecorator:
    """Run a test on each profile that has a setting, on ``plain``, and on that with it alone.

    The test gets ``profile``, and ``value``: what the setting is there. It asserts what is
    seen with that value, so that ``plain`` is the control of the others.
    """
    SHOWN.add(setting)
    default = getattr(PLAIN, setting)
    cases: list[Any] = [pytest.param(PLAIN, default, id="plain")]
    alone: list[object] = []
    for profile in PROFILES.values():
        value = getattr(profile, setting)
        if value != default:
            cases.append(pytest.param(profile, value, id=profile.name))
            if value not in alone:
                alone.append(value)
                only = dataclasses.replace(PLAIN, name="alone", **{setting: value})
                cases.append(pytest.param(only, value, id=f"alone-{profile.name}"))
    return pytest.mark.parametrize(("profile", "value"), cases)
