"""An adapter of the Linux kernel's own, behind which a controller on loan stands.

Each read from ``/dev/vhci`` gives one packet of the host's, each write takes one of the
controller's, in H4 framing. While the adapter is down the kernel refuses packets: as a host
that has switched its adapter off, it hears nothing.

Source: the Linux kernel's drivers/bluetooth/hci_vhci.c, and hci_recv_frame in
net/bluetooth/hci_core.c.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import Callable
from typing import Final

PATH: Final = "/dev/vhci"

_VENDOR: Final = 0xFF
_CREATE_PRIMARY: Final = bytes([_VENDOR, 0x00])
_LONGEST: Final = 1 << 16

_NO_MODULE: Final = (
    "there is no virtual adapter here: it needs Linux, outside of a container, and its kernel "
    "module (sudo modprobe hci_vhci)"
)
_NO_RIGHTS: Final = "only root may make a virtual adapter; run this with sudo"
_WHY_NOT: Final = {
    errno.ENOENT: _NO_MODULE,
    errno.ENODEV: _NO_MODULE,
    errno.ENXIO: _NO_MODULE,
    errno.EACCES: _NO_RIGHTS,
    errno.EPERM: _NO_RIGHTS,
}


class VirtualAdapter:
    """An adapter, for as long as it is open.

    Args:
        path: the kernel's device.
        received: called with each packet of the host's, as soon as :meth:`start` was called.

    Raises:
        OSError: there is no such device, or it may not be used; the text says why.
    """

    def __init__(self, path: str, received: Callable[[bytes], None]) -> None:
        self._received = received
        self._device = _open(path)

    def start(self) -> None:
        """Have the kernel make the adapter, and listen to it."""
        asyncio.get_running_loop().add_reader(self._device, self._read)
        os.write(self._device, _CREATE_PRIMARY)

    def write(self, packet: bytes) -> None:
        """Hand a packet to the host; while the adapter is down it is lost."""
        try:
            os.write(self._device, packet)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise

    def close(self) -> None:
        """Take the adapter out of the system."""
        asyncio.get_running_loop().remove_reader(self._device)
        os.close(self._device)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            packet = os.read(self._device, _LONGEST)
            if packet and packet[0] != _VENDOR:  # what the kernel says of the index
                self._received(packet)


def _open(path: str) -> int:
    try:
        device = stat.S_ISCHR(os.stat(path).st_mode)
        # Never opened otherwise: what is written there would spoil a file.
        opened = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC) if device else -1
    except OSError as error:
        number = error.errno or errno.EIO
        raise OSError(number, _WHY_NOT.get(number, os.strerror(number)), path) from None
    if not device:
        raise OSError(errno.ENODEV, _NO_MODULE, path)
    return opened
