"""Simulated devices advertise as real ones should; one that does not is told so."""

from __future__ import annotations

import pytest

from babyn_protocol.advertisement_rules import Severity
from babyn_simulator import scenario as scenarios
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.advertisement_check import check_advertisement, warnings
from babyn_simulator.nursery import Nursery
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.radio import Air
from tests.simulator.virtual_bench import virtually

ALLOWED = {"name-only-in-scan-response", "health-service"}
"""Notes on the open profile itself: it is found by its service, which may be one of health, and its
name is in the scan response."""


@pytest.mark.parametrize("name", sorted(scenarios.packaged()))
@virtually
async def test_no_packaged_device_has_anything_to_be_told(name: str) -> None:
    """Mutant: a serial number in a packaged name, or a service that only an active scan sees."""
    async with Nursery.open(name) as nursery:
        assert nursery.devices
        for settings in nursery.scenario.devices:
            found = check_advertisement(nursery.devices[settings.name])
            if settings.kind == "beacon":  # somebody else's, and the control
                assert "test-company" in {each.code for each in found}
                continue
            assert {each.code for each in found} <= ALLOWED, settings.name
            assert {each.severity for each in found} <= {Severity.NOTE}
            assert warnings(nursery.devices[settings.name]) == ()


@virtually
async def test_a_name_that_tells_is_a_warning() -> None:
    """Mutant: a device's own local name, or its scan response, not looked at."""
    said = Advertisement(service_uuids=(0x180F,), local_name="Baby 12345")
    [first, second] = warnings(Peripheral(Air(), advertisement=said))
    assert first.startswith("warning name-tells-of-a-child: scan response, byte 0: ")
    assert second.startswith("warning name-like-a-serial: ")
    assert "12345" not in first + second
    # The control; and one that answers no scan has no name to tell.
    plain = Advertisement(service_uuids=(0x180F,), local_name="Sensor")
    assert warnings(Peripheral(Air(), advertisement=plain)) == ()
    silent = Advertisement(
        service_uuids=(0x180F,), local_name="Baby 12345", connectable=False, scannable=False
    )
    assert warnings(Peripheral(Air(), advertisement=silent)) == ()
