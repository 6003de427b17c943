"""Faults on the central's side: its adapter goes off, or another central is quicker."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from babyn_simulator.faults.base import Occurrence

if TYPE_CHECKING:
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.nursery import NurseryRadio


class AdapterOff(Occurrence):
    """The central's adapter is switched off: its scans and links are gone at once."""

    reproduces: ClassVar[str] = "bluejay#211: no disconnect callback when Bluetooth is turned off"

    kind: Literal["adapter_off"] = "adapter_off"
    lasts: float | None = Field(default=None, gt=0)
    """Seconds until it is on again; by default it stays off."""

    def strike(self, hit: Hit) -> bool:
        """Switch the adapters off."""
        running = [radio for radio in hit.centrals if radio.device.powered_on]
        for radio in running:
            hit.spawn(self._cycle(radio, hit))
        return bool(running)

    async def _cycle(self, radio: NurseryRadio, hit: Hit) -> None:
        await radio.power_off()
        hit.afterwards(radio.power_on, self.lasts)


class SecondCentral(Occurrence):
    """Another central connects first, and keeps the one slot that the device has.

    A device here does not advertise while it is connected. This counts when it has connected.
    """

    reproduces: ClassVar[str] = "noble/bleno#426: a new connection ends the one before it"
    takes_packet: ClassVar[bool] = False

    kind: Literal["second_central"] = "second_central"
    steals: bool = False
    """Whether the device gives up the connection that it has."""
    subscribes: bool = False
    """Whether it pairs, and subscribes to all that can be subscribed to."""
    lasts: float | None = Field(default=None, gt=0)
    """Seconds that it stays; by default for ever."""

    def strike(self, hit: Hit) -> bool:
        """Send it out; it counts when it has connected."""
        from babyn_simulator.faults.rival import Rival  # bumble, which data needs not

        for device in hit.devices:
            rival = Rival(hit, device, steals=self.steals, subscribes=self.subscribes)
            hit.spawn(rival.run())
            hit.lasting(rival.stop, self.lasts)
        return False


class ManInTheMiddle(Occurrence):
    """Somebody stands between the device and its central, and shows the same advertisement.

    It pairs with both. With Just Works neither of them can tell; with a passkey or numeric
    comparison a person can. It counts when a central has connected to it, and keeps what it
    reads in :attr:`Injection.overheard <babyn_simulator.faults.Injection.overheard>`.
    """

    reproduces: ClassVar[str] = (
        "Core v6.0 - Bluetooth Core Specification - Vol 3 Part H §2.3.5.1: Just Works gives no "
        "protection against a man in the middle"
    )
    takes_packet: ClassVar[bool] = False

    kind: Literal["man_in_the_middle"] = "man_in_the_middle"
    io: Literal["none", "display", "display_yes_no", "keyboard", "keyboard_display"] = "none"
    """What it says that it has to show and to ask by."""
    find: str = Field(default="", pattern=r"^([0-9a-f]{2})*$")
    """Bytes, in hexadecimal, that it changes wherever they pass; by default none."""
    replace: str = Field(default="", pattern=r"^([0-9a-f]{2})*$")
    """What it puts in their place."""
    lasts: float | None = Field(default=None, gt=0)
    """Seconds that it stays; by default for ever."""

    def strike(self, hit: Hit) -> bool:
        """Send it out; it counts when a central has connected to it."""
        from babyn_simulator.faults.relay import Relay  # bumble, which data needs not

        for device in hit.devices:
            relay = Relay(hit, device, io=self.io, alter=self._alter)
            hit.spawn(relay.run())
            hit.lasting(relay.stop, self.lasts)
        return False

    def _alter(self, pdu: bytes) -> bytes:
        if not self.find:
            return pdu
        return pdu.replace(bytes.fromhex(self.find), bytes.fromhex(self.replace))
