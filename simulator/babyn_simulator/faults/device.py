"""Faults of a device: it resets, forgets, loses the time, runs full, or cannot be found."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import Field

from babyn_simulator.faults.base import Occurrence

if TYPE_CHECKING:
    from babyn_simulator.controller import VirtualController
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.peripheral import Peripheral


class Reset(Occurrence):
    """The device resets: links, subscriptions and half of a long write are gone, bonds are not.

    With a packet it does so in the midst of something: with ``opcode = "prepare_write_request"``
    and ``packet = 2``, before the second part of a long write.
    """

    reproduces: ClassVar[str] = "thegecko/web-bluetooth-dfu#6: a write ends in a disconnect"

    kind: Literal["reset"] = "reset"
    down: float = Field(default=0.0, ge=0)
    """Seconds until it is up again."""

    def strike(self, hit: Hit) -> bool:
        """Take the power away, and give it back."""
        running = [device for device in hit.devices if device.powered_on]
        for device in running:
            hit.spawn(self._cycle(device, hit))
        return bool(running)

    async def _cycle(self, device: Peripheral, hit: Hit) -> None:
        await device.power_off()
        hit.afterwards(device.power_on, self.down)


class BondLost(Occurrence):
    """The device forgets whom it has paired with; the central still knows the key."""

    reproduces: ClassVar[str] = "esp-idf#18795: a peripheral has lost the keys of a bond"
    takes_packet: ClassVar[bool] = False

    kind: Literal["bond_lost"] = "bond_lost"

    def strike(self, hit: Hit) -> bool:
        """Delete the keys."""
        for device in hit.devices:
            hit.spawn(device.keystore.delete_all())
        return bool(hit.devices)


class AdvertisingStops(Occurrence):
    """The device is not heard any more, though its host advertises; a reset mends it."""

    reproduces: ClassVar[str] = "arduino-esp32#4180: stops advertising after days"
    takes_packet: ClassVar[bool] = False

    kind: Literal["advertising_stops"] = "advertising_stops"
    lasts: float | None = Field(default=None, gt=0)
    """Seconds until it is heard again; by default until it is reset."""

    def strike(self, hit: Hit) -> bool:
        """Let its advertisements go nowhere."""
        unheard = hit.air.unheard
        running = [device.controller for device in hit.devices if device.powered_on]
        for controller in running:
            unheard[controller] = None
            hit.lasting(partial(_forget, unheard, controller), self.lasts)
        return bool(running)


def _forget(unheard: dict[VirtualController, None], controller: VirtualController) -> None:
    unheard.pop(controller, None)


class AddressRotation(Occurrence):
    """The device takes another address. One whose address is fixed is not struck."""

    reproduces: ClassVar[str] = "bleak#1237: a device with a private address is not found again"
    takes_packet: ClassVar[bool] = False

    kind: Literal["address_rotation"] = "address_rotation"

    def strike(self, hit: Hit) -> bool:
        """Rotate the address; it counts when that is done."""
        for device in hit.devices:
            if device.powered_on and device.address_type.changes:
                hit.spawn(self._rotate(device, hit))
        return False

    @staticmethod
    async def _rotate(device: Peripheral, hit: Hit) -> None:
        await device.rotate_address()
        hit.count()


@runtime_checkable
class _Timed(Protocol):
    """A device with a clock."""

    def jump_clock(self, by: timedelta) -> None: ...


class ClockJump(Occurrence):
    """The device's clock jumps; nobody is told."""

    reproduces: ClassVar[str] = "blood-pressure-monitor-fl#410: a clock that shows another year"
    takes_packet: ClassVar[bool] = False

    kind: Literal["clock_jump"] = "clock_jump"
    seconds: float
    """How far it jumps, in seconds; negative: back."""

    def strike(self, hit: Hit) -> bool:
        """Move the clocks of those that have one."""
        by = timedelta(seconds=self.seconds)
        return any([_done(device, by) for device in hit.devices])


def _done(device: Peripheral, by: timedelta) -> bool:
    if not isinstance(device, _Timed):
        return False
    try:
        device.jump_clock(by)
    except RuntimeError:  # it has no clock
        return False
    return True


@runtime_checkable
class _Logging(Protocol):
    """A device that keeps measurements."""

    def fill_log(self) -> int: ...


class FullLog(Occurrence):
    """The device's log is full: from now on each measurement costs the oldest."""

    reproduces: ClassVar[str] = "openambit#273: read wrong when the memory is near its limit"
    takes_packet: ClassVar[bool] = False

    kind: Literal["full_log"] = "full_log"

    def strike(self, hit: Hit) -> bool:
        """Fill the logs of those that keep one."""
        return any(
            [isinstance(device, _Logging) and device.fill_log() > 0 for device in hit.devices]
        )
