"""The radios that this package provides, by the scheme of a radio's name: ``sim:`` and ``hci:``.

Importing this module costs next to nothing: bumble and bleak come with the first ``open()``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.scanner import BaseBleakScanner
    from bumble.device import Device
    from bumble.transport.common import Transport

    from babyn_simulator.bleak_backend import CentralProfile
    from babyn_simulator.bonds import BondStore
    from babyn_simulator.nursery import Nursery, NurseryRadio

OPEN_TIMEOUT: Final = 10.0
"""Seconds that a transport, and then the controller behind it, get to answer."""

CLOSE_TIMEOUT: Final = 1.0
"""Seconds that a transport gets to close."""

HCI_PREFIX: Final = "central/hci"
"""What the names of the real central's identity and bonds begin with."""


class SimRadio:
    """A central in a nursery of its own."""

    def __init__(self, nursery: Nursery, radio: NurseryRadio, stack: AsyncExitStack) -> None:
        self.nursery = nursery
        self.scanner: type[BaseBleakScanner] = radio.scanner
        self.client: type[BaseBleakClient] = radio.client
        self._stack = stack
        self._closing: asyncio.Task[None] | None = None

    async def aclose(self) -> None:
        """End links and scans, and close the nursery. May be called again."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._stack.aclose())
        await _to_the_end(self._closing)


class SimProvider:
    """``sim:<scenario>``: simulated devices in this process.

    The scenario is the name of a packaged one or a path to a TOML file. ``?seed=7`` after it
    takes another seed than the scenario's; ``?epoch=scenario`` has virtual time start at the
    scenario's epoch in any case; ``?central=bluez`` has the central do as BlueZ does, or as
    another of the central profiles. Several are joined by ``&``.
    """

    kind = "sim"

    def loop_factory(self, argument: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """Return the loop that the scenario asks for: a virtual one, or ``None`` for any.

        Virtual time starts now, or at the scenario's epoch if that is later: a command line
        has consents that were given by the clock on the wall, and none holds before it. With
        ``?epoch=scenario`` it starts at the scenario's epoch.

        Raises:
            ScenarioError: if there is no such scenario, or it cannot be used.
            ValueError: if an option is none.
        """
        from babyn_simulator import scenario
        from babyn_simulator.clock import VirtualTimeLoop

        wanted = _SimArgument.parse(argument)
        plan = scenario.load(wanted.scenario)
        if plan.simulation.time != "virtual":
            return None
        epoch = scenario.epoch_of(plan)
        if not wanted.own_epoch:
            epoch = max(epoch, datetime.now(UTC))
        return partial(VirtualTimeLoop, epoch=epoch)

    async def open(self, argument: str, *, bonds: BondStore) -> SimRadio:
        """Run a scenario, with one central in it.

        The central and the simulated devices keep their bonds in the store. So what one
        process has paired, another one finds paired.

        Args:
            argument: the scenario.
            bonds: where bonds are kept.

        Raises:
            ScenarioError: if there is no such scenario, or it cannot be used.
            ValueError: if an option is none.
        """
        from babyn_simulator.nursery import Nursery

        wanted = _SimArgument.parse(argument)
        stack = AsyncExitStack()
        try:
            nursery = await stack.enter_async_context(
                Nursery.open(wanted.scenario, seed=wanted.seed, bonds=bonds)
            )
            return SimRadio(nursery, await nursery.radio(profile=wanted.central), stack)
        except BaseException:
            await stack.aclose()
            raise


@dataclass(frozen=True)
class _SimArgument:
    """What stands behind ``sim:``: a scenario, and perhaps options."""

    scenario: str
    seed: int | None = None
    own_epoch: bool = False
    central: str = "plain"

    @classmethod
    def parse(cls, argument: str) -> _SimArgument:
        name, mark, options = argument.partition("?")
        parsed = cls(name)
        for option in options.split("&") if mark else ():
            key, _, value = option.partition("=")
            if key == "seed" and value.isascii() and value.isdecimal():
                parsed = replace(parsed, seed=int(value))
            elif option == "epoch=scenario":
                parsed = replace(parsed, own_epoch=True)
            elif key == "central" and value:
                parsed = replace(parsed, central=value)
            else:
                raise ValueError(
                    f"'{option}' is no option of a scenario; there are ?seed=NUMBER, "
                    "?epoch=scenario and ?central=PROFILE, joined by &"
                )
        return parsed


class HciRadio:
    """A real host on a controller that is reached by HCI."""

    def __init__(
        self, transport: Transport, device: Device, *, profile: str | CentralProfile = "plain"
    ) -> None:
        from babyn_simulator.bleak_backend import client_backend, scanner_backend
        from babyn_simulator.bleak_backend.adapter import adapter_of

        self.device = device
        self.scanner: type[BaseBleakScanner] = scanner_backend(device, profile=profile)
        self.client: type[BaseBleakClient] = client_backend(device, profile=profile)
        self._adapter = adapter_of(device)
        self.transport = transport
        self._closing: asyncio.Task[None] | None = None
        transport.source.terminated.add_done_callback(self._on_transport_lost)

    def _on_transport_lost(self, terminated: asyncio.Future[None]) -> None:
        if not terminated.cancelled():
            terminated.exception()  # why it ended makes no difference
        self._adapter.on_controller_lost()

    async def aclose(self) -> None:
        """End links and scans, reset the controller, close the transport. May be called again."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await _to_the_end(self._closing)

    async def _close(self) -> None:
        await self._adapter.shut_down()
        await _close_transport(self.transport)


class HciProvider:
    """``hci:<bumble transport>``: a controller at the end of a socket, a dongle, an emulator.

    ``?central=bluez`` at its end has the central do as BlueZ does, or as another of the
    central profiles.
    """

    kind = "hci"

    def loop_factory(self, argument: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """Return ``None``: a real radio runs in real time, on the ordinary loop."""
        return None

    async def open(self, argument: str, *, bonds: BondStore) -> HciRadio:
        """Open a transport and bring up a host on it, as a central.

        Random numbers come from the system. Bonds, and who this central is, come from the
        store, whichever controller carries them.

        Args:
            argument: name of a bumble transport, such as ``tcp-client:127.0.0.1:6402``.
            bonds: where bonds and the central's identity are kept.

        Raises:
            OSError: if the controller cannot be reached, or does not answer.
            ValueError: if that is no name of a transport or of a central profile, or the stored
                identity is damaged.
        """
        from bumble.core import BaseBumbleError
        from bumble.device import Device, DeviceConfiguration

        from babyn_simulator.bleak_backend.errors import reason_of
        from babyn_simulator.bleak_backend.profiles import profile_of
        from babyn_simulator.bonds import BondKeyStore, central_identity
        from babyn_simulator.host import QuietHost

        name, _, central = argument.partition("?central=")
        profile = profile_of(central or "plain")
        identity = await central_identity(bonds, HCI_PREFIX)
        transport = await _open_transport(name)
        config = DeviceConfiguration(name="central", address=identity.address, irk=identity.irk)
        device = Device(config=config, host=QuietHost(transport.source, transport.sink))
        device.keystore = BondKeyStore(bonds, HCI_PREFIX)
        radio = HciRadio(transport, device, profile=profile)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                await device.power_on()
        except TimeoutError:
            await radio.aclose()
            raise TimeoutError(
                "the controller does not answer; is this an HCI transport, and is it in use?"
            ) from None
        except BaseBumbleError as error:
            await radio.aclose()
            raise ConnectionError(f"the controller cannot be used: {reason_of(error)}") from None
        except BaseException:
            await radio.aclose()
            raise
        return radio


async def _open_transport(name: str) -> Transport:
    from bumble.transport import open_transport

    from babyn_simulator.errors import VirtualTimeError

    try:
        async with asyncio.timeout(OPEN_TIMEOUT):
            return await open_transport(name)
    except TimeoutError:
        raise TimeoutError("the HCI transport does not answer") from None
    except (OSError, VirtualTimeError):
        raise
    except ValueError:
        raise ValueError(
            f"'{name}' is no HCI transport; try tcp-client:HOST:PORT, usb:0 or serial:PATH"
        ) from None
    except Exception as error:  # noqa: BLE001 - a transport is any library's code
        raise OSError(f"the HCI transport cannot be opened: {type(error).__name__}") from None


async def _close_transport(transport: Transport) -> None:
    from bumble.transport.common import StreamPacketSink

    terminated = transport.source.terminated
    # Closing what is broken may fail in any way; there is nothing left to lose.
    with contextlib.suppress(Exception):
        await transport.close()
    await asyncio.wait({terminated}, timeout=CLOSE_TIMEOUT)
    if not terminated.done() and isinstance(transport.sink, StreamPacketSink):
        transport.sink.transport.abort()
        await asyncio.wait({terminated}, timeout=CLOSE_TIMEOUT)


async def _to_the_end(task: asyncio.Task[None]) -> None:
    from babyn_simulator.bleak_backend.adapter import to_the_end

    await to_the_end(task)


SIM: Final = SimProvider()
HCI: Final = HciProvider()
