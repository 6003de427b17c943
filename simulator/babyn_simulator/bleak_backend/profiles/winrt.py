"""Windows Runtime, on Windows 10 and newer."""

from __future__ import annotations

from typing import Final

from babyn_simulator.bleak_backend.profiles.central_profile import CentralProfile

WINRT: Final = CentralProfile(name="winrt")
