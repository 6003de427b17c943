"""A Bluetooth LE controller in software: what a host talks HCI to."""

from __future__ import annotations

from babyn_simulator.controller.virtual_controller import VirtualController

__all__ = ["VirtualController"]
