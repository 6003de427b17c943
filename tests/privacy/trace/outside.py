"""What leaves a process: radios of a platform that are made, sockets, devices, other programs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator
from typing import Any

import bleak
from bleak.backends import BleakBackend
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner

_WAYS_OUT = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "os.system",
        "os.startfile",
    }
)
_HARMLESS_DEVICES = ("/dev/null", "/dev/urandom", "/dev/tty", "/dev/fd", "/dev/std")

_watching: list[list[str]] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event in _WAYS_OUT:
        _watching[-1].append(event)
    elif event == "open":
        path = str(arguments[0])
        if path.startswith("/dev/") and not path.startswith(_HARMLESS_DEVICES):
            _watching[-1].append(f"open {path}")


sys.addaudithook(_audit)  # there is no way to remove one: it looks whether anybody watches


@contextlib.contextmanager
def watched() -> Generator[list[str]]:
    """Note what leaves this process, for the length of a context.

    In the place of the platform's Bluetooth stands one that notes that it was made, and finds
    nothing.
    """
    left: list[str] = []

    class Scanner(BaseBleakScanner):
        def __init__(self, *_args: Any, **_options: Any) -> None:
            left.append("a real scanner")
            super().__init__(None, None)

        async def start(self) -> None:
            left.append("a real scan")

        async def stop(self) -> None:
            pass

    class Client(BaseBleakClient):
        def __init__(self, *_args: Any, **_options: Any) -> None:
            left.append("a real client")
            raise OSError

    def scanner() -> tuple[type[BaseBleakScanner], BleakBackend]:
        return Scanner, BleakBackend.BLUEZ_DBUS

    def client() -> tuple[type[BaseBleakClient], BleakBackend]:
        return Client, BleakBackend.BLUEZ_DBUS

    before = {name: getattr(bleak, name) for name in (_SCANNER, _CLIENT)}
    setattr(bleak, _SCANNER, scanner)
    setattr(bleak, _CLIENT, client)
    _watching.append(left)
    try:
        yield left
    finally:
        _watching.remove(left)
        for name, value in before.items():
            setattr(bleak, name, value)


_SCANNER = "get_platform_scanner_backend_type"
_CLIENT = "get_platform_client_backend_type"
