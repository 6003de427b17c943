"""The kernel's side of ``vhci``, played by the test at a terminal: a character device as well."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from babyn_simulator import virtual_adapter
from babyn_simulator.entropy import Entropy
from babyn_simulator.hci_server import serve
from babyn_simulator.radio import Air

if os.name != "posix":
    pytest.skip("terminals are of POSIX", allow_module_level=True)

import tty

CREATE_PRIMARY = bytes.fromhex("ff 00")
RESET = bytes.fromhex("01 03 0c 00")
RESET_DONE = bytes.fromhex("04 0e 04 01 03 0c 00")


class Kernel:
    """The other end of the device."""

    def __init__(self) -> None:
        self._end, device = os.openpty()
        tty.setraw(device)
        self.path = os.ttyname(device)
        self._device = device

    async def hears(self, expected: bytes) -> None:
        loop = asyncio.get_running_loop()
        heard = b""
        while len(heard) < len(expected):
            readable = asyncio.Event()
            loop.add_reader(self._end, readable.set)
            await asyncio.wait_for(readable.wait(), 30)
            loop.remove_reader(self._end)
            heard += os.read(self._end, len(expected) - len(heard))
        assert heard == expected

    def says(self, packet: bytes) -> None:
        os.write(self._end, packet)

    def close(self) -> None:
        os.close(self._end)
        os.close(self._device)


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    made = Kernel()
    yield made
    made.close()


def refusing(number: int) -> Callable[[int, bytes], int]:
    def write(_device: int, _data: bytes) -> int:
        raise OSError(number, os.strerror(number))

    return write


@pytest.mark.asyncio
async def test_the_controller_is_an_adapter_of_the_kernels(kernel: Kernel) -> None:
    """Mutants: leave the adapter to its host's first command; answer nobody."""
    async with serve(Air(), f"vhci:{kernel.path}", entropy=Entropy(1, "hci")) as server:
        assert (server.radio, server.clients) == ("os", 1)
        await kernel.hears(CREATE_PRIMARY)
        kernel.says(RESET)
        await kernel.hears(RESET_DONE)
    assert server.clients == 0


@pytest.mark.asyncio
async def test_an_adapter_that_is_down_loses_packets_and_stays(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: end with the first packet that the kernel refuses; the adapter would be gone."""
    made = virtual_adapter.VirtualAdapter(kernel.path, lambda _packet: None)
    made.start()
    await kernel.hears(CREATE_PRIMARY)
    with monkeypatch.context() as down:
        down.setattr(os, "write", refusing(errno.ENXIO))
        made.write(RESET_DONE)
        down.setattr(os, "write", refusing(errno.EIO))
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):  # the control
            made.write(RESET_DONE)
    made.write(RESET_DONE)
    await kernel.hears(RESET_DONE)
    made.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENODEV, "modprobe hci_vhci"),
        (errno.EACCES, "sudo"),
        (errno.EPERM, "sudo"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
async def test_where_it_may_not_be_opened_it_says_why(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """The last is the control. Mutant: the system's words reach the user."""
    monkeypatch.setattr(os, "open", refusing(number))
    with pytest.raises(OSError, match=words) as error:
        async with serve(Air(), f"vhci:{kernel.path}"):
            pass
    assert error.value.errno == number


@pytest.mark.asyncio
async def test_nothing_is_written_into_what_is_no_device(tmp_path: Path) -> None:
    """Mutant: open it whatever it is."""
    file = tmp_path / "file"
    file.write_bytes(b"mine")
    for path in (file, tmp_path / "none"):
        with pytest.raises(OSError, match="modprobe hci_vhci"):
            async with serve(Air(), f"vhci:{path}"):
                pass
    assert file.read_bytes() == b"mine"
