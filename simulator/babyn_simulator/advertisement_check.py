"""What is wrong with the advertisement of a simulated device, as its maker would want to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babyn_protocol.advertisement_linter import Finding, lint
from babyn_protocol.advertisement_rules import Severity

if TYPE_CHECKING:
    from babyn_simulator.peripheral import Peripheral


def check_advertisement(device: Peripheral) -> tuple[Finding, ...]:
    """Return all that the linter says of what a device advertises, worst first, notes last."""
    said = device.next_advertisement()
    answers = said.connectable or said.scannable
    return lint(
        said.data(),
        said.scan_response(device.name) if answers else None,
        connectable=said.connectable,
    )


def warnings(device: Peripheral) -> tuple[str, ...]:
    """Return what is worth a line: errors and warnings, in words."""
    return tuple(
        f"{found.severity} {found.code}: {found.text}"
        for found in check_advertisement(device)
        if found.severity is not Severity.NOTE
    )
