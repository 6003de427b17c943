"""A real broker, a wiretap in front of it, and what went over the wire."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import hashlib
import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

READY = "running"
PATIENCE = 60.0
"""Seconds after which a test gives up waiting for something that should long have happened."""


async def soon(awaited: Awaitable[T]) -> T:
    """Return what is awaited, if it comes before the patience is at an end."""
    async with asyncio.timeout(PATIENCE):
        return await awaited


def find_broker() -> str | None:
    """Return the path of the broker's program, if it is installed."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")


def broker_is_required() -> bool:
    """Return whether a missing broker is a failure, as in CI."""
    return os.environ.get("BABYN_REQUIRE_TOOLS") == "1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def password_line(username: str, password: str) -> str:
    """Return a line of Mosquitto's password file."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101, 64)
    return f"{username}:$7$101${b64encode(salt).decode()}${b64encode(digest).decode()}\n"


class Broker:
    """A Mosquitto with the given listeners. Its files are in a directory of its own.

    A persistent one saves what it keeps for its clients when it is stopped, and knows it again
    when it is started.
    """

    def __init__(
        self, program: str, directory: Path, listeners: Sequence[str], *, persistent: bool = False
    ) -> None:
        self._program = program
        self.saved = directory / "mosquitto.db"
        """Where a persistent one keeps it."""
        self._config = directory / "mosquitto.conf"
        self._config.write_text(
            f"user {getpass.getuser()}\n"
            "per_listener_settings true\n"
            f"persistence {str(persistent).lower()}\npersistence_location {directory}/\n"
            "log_dest stderr\n"
            "log_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
            + "".join(f"{listener}\n" for listener in listeners)
        )
        self._process: subprocess.Popen[str] | None = None
        self._log: threading.Thread | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None

        def read(log: Iterator[str]) -> None:
            for line in log:
                lines.put(line)
            lines.put(None)

        self._process = process
        self._log = threading.Thread(target=read, args=(process.stderr,), daemon=True)
        self._log.start()
        seen: list[str] = []
        while True:
            line = lines.get(timeout=PATIENCE)
            if line is None:
                self.stop()
                raise RuntimeError(f"the broker does not start: {''.join(seen)}")
            seen.append(line)
            if READY in line:
                return

    def save(self) -> None:
        """Have a persistent one save what it keeps; it does so when it next has a moment."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)

    def stop(self, *, crash: bool = False) -> None:
        """Stop it, as a restart of its machine would, or as a loss of power."""
        process, self._process = self._process, None
        if process is None:
            return
        if crash:
            process.kill()
        else:
            process.terminate()
        process.wait(PATIENCE)
        if self._log is not None:
            self._log.join(PATIENCE)
        if process.stderr is not None:
            process.stderr.close()


@dataclass(frozen=True)
class Packet:
    """An MQTT 5 control packet."""

    kind: str
    flags: int
    body: bytes

    @property
    def topic(self) -> str:
        return self.body[2 : 2 + self._topic_length].decode()

    @property
    def payload(self) -> bytes:
        place = 2 + self._topic_length + 2
        length, size = _variable(self.body[place:])
        return self.body[place + size + length :]

    @property
    def qos(self) -> int:
        return self.flags >> 1 & 3

    @property
    def retained(self) -> bool:
        return bool(self.flags & 1)

    @property
    def number(self) -> int:
        """Packet identifier, of a PUBLISH or PUBACK."""
        place = 2 + self._topic_length if self.kind == "PUBLISH" else 0
        return int.from_bytes(self.body[place : place + 2], "big")

    @property
    def is_status(self) -> bool:
        return self.kind == "PUBLISH" and self.topic.endswith("/status")

    @property
    def client_id(self) -> str:
        place = 2 + 4 + 1 + 1 + 2
        length, size = _variable(self.body[place:])
        place += size + length
        end = place + 2 + int.from_bytes(self.body[place : place + 2], "big")
        return self.body[place + 2 : end].decode()

    @property
    def _topic_length(self) -> int:
        return int.from_bytes(self.body[:2], "big")


_KINDS = {1: "CONNECT", 2: "CONNACK", 3: "PUBLISH", 4: "PUBACK", 12: "PINGREQ", 14: "DISCONNECT"}


def _variable(data: bytes) -> tuple[int, int]:
    value = size = 0
    while True:
        value |= (data[size] & 0x7F) << 7 * size
        size += 1
        if not data[size - 1] & 0x80:
            return value, size


def packets(data: bytes) -> list[Packet]:
    """Return the complete packets in what one connection sent."""
    found: list[Packet] = []
    while len(data) > 1:
        try:
            length, size = _variable(data[1:])
        except IndexError:
            break
        if len(data) < 1 + size + length:
            break
        body = data[1 + size : 1 + size + length]
        found.append(Packet(_KINDS.get(data[0] >> 4, "other"), data[0] & 15, body))
        data = data[1 + size + length :]
    return found


class Tap:
    """A proxy in front of a broker that records every byte that comes to it."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._answers = asyncio.Event()
        self._answers.set()
        self.port = free_port()
        self.deaf = False
        """Whether connections are broken at once, as by a broker that is just starting."""
        self.sent: list[bytearray] = []
        """What each connection sent, in order of the connections."""
        self.answered: list[bytearray] = []
        """What was passed back over each connection."""
        self.open = 0
        """Connections that the publisher has not closed."""

    @property
    def bytes(self) -> bytes:
        """Every byte that ever came."""
        return b"".join(self.sent)

    @property
    def packets(self) -> list[Packet]:
        return [packet for data in self.sent for packet in packets(bytes(data))]

    @property
    def published(self) -> list[Packet]:
        """What was published, but for statuses."""
        found = [packet for packet in self.packets if packet.kind == "PUBLISH"]
        return [packet for packet in found if not packet.is_status]

    @property
    def statuses(self) -> list[Packet]:
        return [packet for packet in self.packets if packet.is_status]

    @property
    def acknowledged(self) -> int:
        """Readings of which the acknowledgement was passed to the publisher."""
        count = 0
        for sent, answered in zip(self.sent, self.answered, strict=True):
            statuses = {each.number for each in packets(bytes(sent)) if each.is_status}
            answers = [each for each in packets(bytes(answered)) if each.kind == "PUBACK"]
            count += sum(each.number not in statuses for each in answers)
        return count

    async def listen(self) -> None:
        """Take connections; to be called again after :meth:`vanish`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def vanish(self) -> None:
        """Break every connection and take no more, as a broker that crashed."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*self._tasks)
        if server is not None:
            await server.wait_closed()

    def hold_answers(self) -> None:
        """Pass nothing more from the broker to the publisher."""
        self._answers.clear()

    def release_answers(self) -> None:
        """Pass it on again, with what was held."""
        self._answers.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something that this proxy sees has happened."""
        while not happened():
            self._changed.clear()
            await soon(self._changed.wait())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        record, answered = bytearray(), bytearray()
        self.sent.append(record)
        self.answered.append(answered)
        self.open += 1
        self._changed.set()
        if self.deaf:
            writer.transport.abort()
            self.open -= 1
            return
        try:
            broker, to_broker = await asyncio.open_connection("127.0.0.1", self._broker_port)
        except OSError:
            writer.transport.abort()
            self.open -= 1
            return
        self._writers |= {writer, to_broker}
        answers = asyncio.create_task(self._answer(broker, writer, answered))
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                record += data
                self._changed.set()
                to_broker.write(data)
        self.open -= 1
        self._changed.set()
        answers.cancel()
        await asyncio.gather(answers, return_exceptions=True)
        for each in (to_broker, writer):
            self._writers.discard(each)
            each.transport.abort()
            with contextlib.suppress(ConnectionError):
                await each.wait_closed()

    async def _answer(
        self, broker: asyncio.StreamReader, writer: asyncio.StreamWriter, answered: bytearray
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await broker.read(65536):
                await self._answers.wait()
                answered += data
                writer.write(data)
                self._changed.set()
        writer.close()
