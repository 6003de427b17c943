"""The system bus, as the tests use it: adapters, an agent for pairing, and a monitor."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

BLUEZ = "org.bluez"
ADAPTER = "/org/bluez/hci0"
ADAPTER_1 = "org.bluez.Adapter1"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_AGENT_PATH = "/org/babyn/agent"
_AGENTS = ("/org/bluez", "org.bluez.AgentManager1")
_DAEMON = "org.freedesktop.DBus"


class BusError(Exception):
    """The bus, or who answered on it, refused a call."""


class SystemBus:
    """One connection to the system bus. Made by :func:`connected`."""

    def __init__(self, bus: MessageBus, adapter: str) -> None:
        self._bus = bus
        self._adapter = adapter

    async def call(
        self, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> Any:
        """Call a method of BlueZ, and return what it answers.

        Raises:
            BusError: it answers with an error; its name is the text.
        """
        answer = await self._bus.call(
            Message(
                destination=BLUEZ,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=list(body),
            )
        )
        if answer.message_type is MessageType.ERROR:
            raise BusError(str(answer.error_name))
        return answer.body[0] if answer.body else None

    async def get(self, path: str, interface: str, name: str) -> Any:
        """Return a property."""
        found = await self.call(path, _PROPERTIES, "Get", "ss", interface, name)
        return cast("Variant", found).value

    async def adapter_added(self) -> None:
        """Wait until BlueZ has taken the adapter in hand."""
        await self.appears(self._adapter, ADAPTER_1, "Address")

    async def appears(self, path: str, interface: str, name: str) -> Any:
        """Wait until an object is there; return one of its properties."""
        while True:
            with contextlib.suppress(BusError):
                return await self.get(path, interface, name)
            await _a_moment()

    async def disappears(self, path: str, interface: str, name: str) -> bool:
        """Wait until an object is gone."""
        while True:
            try:
                await self.get(path, interface, name)
            except BusError:
                return True
            await _a_moment()

    async def power_off(self) -> None:
        """Switch the adapter off, until it holds."""
        await self.set_power(False)

    async def power_on(self) -> None:
        """Switch the adapter on, until it holds."""
        await self.set_power(True)

    async def set_power(self, on: bool) -> None:
        """Switch the adapter on or off, until it holds."""
        while True:
            try:
                await self.call(
                    *(self._adapter, _PROPERTIES, "Set", "ssv", ADAPTER_1, "Powered"),
                    Variant("b", on),
                )
                if await self.get(self._adapter, ADAPTER_1, "Powered") is on:
                    return
            except BusError as error:
                if "Busy" not in str(error) and "InProgress" not in str(error):
                    raise
            await _a_moment()

    async def scanning(self) -> bool:
        """Return whether the adapter discovers, for whomever."""
        return bool(await self.get(self._adapter, ADAPTER_1, "Discovering"))

    async def register_agent(self) -> None:
        """Answer pairings as a device without display and keys does: yes to each."""
        self._bus.add_message_handler(_yes)
        await self.call(*_AGENTS, "RegisterAgent", "os", _AGENT_PATH, "NoInputNoOutput")
        await self.call(*_AGENTS, "RequestDefaultAgent", "o", _AGENT_PATH)

    @asynccontextmanager
    async def without_agent(self) -> AsyncGenerator[None, None]:
        """Have nobody answer pairings, for the length of a context."""
        await self.call(*_AGENTS, "UnregisterAgent", "o", _AGENT_PATH)
        self._bus.remove_message_handler(_yes)
        try:
            yield
        finally:
            await self.register_agent()


def device_path(address: str) -> str:
    """Return where BlueZ has a device that it has met at an address."""
    return f"{ADAPTER}/dev_{address.upper().replace(':', '_')}"


def _yes(message: Message) -> Message | None:
    if message.interface == "org.bluez.Agent1" and message.path == _AGENT_PATH:
        return Message.new_method_return(message)
    return None


@asynccontextmanager
async def connected(adapter: str = ADAPTER) -> AsyncGenerator[SystemBus, None]:
    """Connect to the system bus for the length of a context."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        yield SystemBus(bus, adapter)
    finally:
        bus.disconnect()


class Traffic:
    """Every message on the system bus, since the monitor was there."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def newcomers(self) -> set[str]:
        """Return the unique names of whoever has come to the bus meanwhile."""
        return {
            message.destination or ""
            for message in self.messages
            if message.sender == _DAEMON
            and message.message_type is MessageType.METHOD_RETURN
            and message.signature == "s"
            and message.body == [message.destination]
        }

    def calls(self, member: str) -> int:
        """Return how often a method was called."""
        return sum(
            message.member == member and message.message_type is MessageType.METHOD_CALL
            for message in self.messages
        )


@asynccontextmanager
async def monitored() -> AsyncGenerator[Traffic, None]:
    """See every message on the system bus, for the length of a context."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    traffic = Traffic()

    def note(message: Message) -> bool:
        traffic.messages.append(message)
        return True  # a monitor may not answer

    try:
        await bus.call(
            Message(
                destination=_DAEMON,
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus.Monitoring",
                member="BecomeMonitor",
                signature="asu",
                body=[[], 0],
            )
        )
        bus.add_message_handler(note)
        yield traffic
    finally:
        bus.disconnect()


async def _a_moment() -> None:
    """Let BlueZ go on: it tells nothing that could be waited for here."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await asyncio.Event().wait()
