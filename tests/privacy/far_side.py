"""Withdrawing here, while another process reads a device there: what it still did, and when.

The other process has a companion of its own on the same store, in real time, with a simulated
radio. What it does is taken down underneath: HCI packets of its radio, statements that write
readings, and packets on sockets, each with the system's monotonic clock, which all processes
share. ``python -m tests.privacy.far_side N`` runs it N times (``make soak``).
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from babyn_ble.companion import Companion
from babyn_ble.privacy.purposes import BLUETOOTH, OWN_SCOPES
from babyn_ble.testing import give_simulated, set_up_synthetic
from tests.privacy.processes import Process

RADIO = "sim:demo"

_READER = """
import contextlib, json, logging, socket, time
from sqlalchemy import Engine, event
from babyn_ble.companion import Companion
from babyn_ble.errors import BabynError
from babyn_simulator.capture import HciDigest

logging.getLogger().addHandler(logging.NullHandler())  # bumble tells of late indications
seen = []

def note(kind, what):
    seen.append((time.monotonic(), kind, what))

added = HciDigest.add

def add(self, host, direction, packet):
    if host.startswith(b"central"):
        note("radio", f"{direction} {packet.hex()}")
    added(self, host, direction, packet)

HciDigest.add = add

@event.listens_for(Engine, "after_cursor_execute")
def executed(connection, cursor, statement, *rest):
    if statement.startswith("INSERT INTO readings"):
        note("store", "reading")

def audited(name, arguments):
    if name in ("socket.connect", "socket.sendto"):
        note("network", name)

sys.addaudithook(audited)

async def read(companion, outside):
    (device,) = companion.devices()
    async with companion.connect(device) as session:
        async for reading in session.readings():
            outside.sendto(b"reading", ("127.0.0.1", 9))
            say("reading")

async def main():
    outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    async with Companion.open(sys.argv[1], radio="sim:demo") as companion:
        if not companion.devices():
            async for sighting in companion.scan():
                await companion.bind(sighting)
                break
        say("ready")
        while await asyncio.to_thread(sys.stdin.readline):
            seen.clear()
            try:
                await read(companion, outside)
            except BabynError as error:
                say(f"ended {type(error).__name__}")
            await asyncio.to_thread(sys.stdin.readline)
            say(json.dumps(seen))
    outside.close()

asyncio.run(main())
"""

COMMAND, ACL_DATA = 0x01, 0x02
DISCONNECT = 0x0406
WRITE_REQUEST, CONFIRMATION = 0x12, 0x1E
UNSUBSCRIBED = b"\0\0"


@dataclass(frozen=True)
class Seen:
    """One thing that the other process did."""

    time: float
    kind: str
    what: str

    @property
    def stops(self) -> bool:
        """Whether it ends a link or a subscription, or is the device's doing.

        A device that does not know yet sends on; its value dies in our callback.
        """
        if self.kind != "radio":
            return False
        direction, _, packet = self.what.partition(" ")
        data = bytes.fromhex(packet)
        if direction != "0":  # from the controller
            return True
        if data[0] == COMMAND:
            return int.from_bytes(data[1:3], "little") == DISCONNECT
        attribute_pdu = data[9:]
        return data[0] == ACL_DATA and (
            attribute_pdu[0] == CONFIRMATION
            or (attribute_pdu[0] == WRITE_REQUEST and attribute_pdu[3:] == UNSUBSCRIBED)
        )


@dataclass(frozen=True)
class Round:
    """One withdrawal, and what the other process did before and after it had returned."""

    stopped: bool
    before: tuple[Seen, ...]
    after: tuple[Seen, ...]

    @property
    def offences(self) -> tuple[Seen, ...]:
        """What it may not have done any more.

        Nothing at all; only a process that slept through it still has to close its link.
        """
        return tuple(seen for seen in self.after if not (self.stopped and seen.stops))


class Reader(Process):
    """The other process."""

    def __init__(self, directory: Path) -> None:
        super().__init__(_READER, str(directory))
        assert self.hear() == "ready"

    def wait_for_readings(self, count: int) -> None:
        for _ in range(count):
            assert self.hear() == "reading"

    def report(self) -> list[Seen]:
        """Wait until it has stopped, and return all that it did."""
        while (said := self.hear()) == "reading":
            pass
        assert said.startswith("ended Consent"), said
        self.tell()
        return [Seen(*entry) for entry in json.loads(self.hear())]


@contextmanager
def reading(directory: Path) -> Generator[tuple[Companion, Reader]]:
    """Set up a store with everything agreed to, and a process that can read a device."""
    companion = Companion.open(directory, radio=RADIO)
    set_up_synthetic(companion)
    give_simulated(companion, OWN_SCOPES)
    reader = Reader(directory)
    try:
        yield companion, reader
    finally:
        reader.popen.kill()
        reader.end()
        companion.close()


async def withdraw_once(
    companion: Companion, reader: Reader, choice: random.Random, *, stopped: bool
) -> Round:
    """Let the other process read, withdraw here, and return what it did."""
    reader.tell()
    reader.wait_for_readings(choice.randint(1, 2))
    if stopped:
        reader.popen.send_signal(signal.SIGSTOP)
    await companion.consent.withdraw(companion.subject.subject_id, BLUETOOTH)
    returned = time.monotonic()
    if stopped:
        reader.popen.send_signal(signal.SIGCONT)
    seen = reader.report()
    give_simulated(companion, [BLUETOOTH])
    return Round(
        stopped,
        tuple(one for one in seen if one.time <= returned),
        tuple(one for one in seen if one.time > returned),
    )


async def withdraw(
    companion: Companion, reader: Reader, numbers: Iterable[int], seed: int
) -> list[Round]:
    """Withdraw once a number; at every odd one the other process is asleep meanwhile."""
    choice = random.Random(seed)
    can_stop = hasattr(signal, "SIGSTOP")
    return [
        await withdraw_once(companion, reader, choice, stopped=can_stop and number % 2 == 1)
        for number in numbers
    ]


def main(count: int) -> int:
    """Run it, print what was seen, and return 1 if anything came too late."""
    with (
        tempfile.TemporaryDirectory(prefix="babyn-far-side-") as folder,
        reading(Path(folder) / "data") as (companion, reader),
    ):
        numbers = track(range(count), "Withdrawing, some 3 s each", console=Console(stderr=True))
        rounds = asyncio.run(withdraw(companion, reader, numbers, seed=1))
    for kind in ("radio", "store", "network"):
        before = sum(seen.kind == kind for one in rounds for seen in one.before)
        after = sum(seen.kind == kind for one in rounds for seen in one.after)
        late = sum(seen.kind == kind for one in rounds for seen in one.offences)
        print(f"{kind:<8} {before:>6} before, {after:>4} after, {late} of them too late")
    asleep = sum(one.stopped for one in rounds)
    print(f"{count} withdrawals, {asleep} of them while the other process was stopped")
    return int(any(one.offences for one in rounds))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
