"""A bleak backend on bumble: any bleak program, on a radio that bumble drives.

Give the two classes to bleak, and the program runs on the given bumble device, be that on a
virtual controller, on a dongle, or at the end of a socket::

    BleakScanner(backend=scanner_backend(device))
    BleakClient(found, backend=client_backend(device))

Scanners and clients of one device share it: they may run at the same time, in any number.

The device must be a central, powered on by its owner. From the first call on, this package
decides about its scans, its outgoing connections and its pairing: nothing pairs unless
``BleakClient.pair()`` (or ``pair=True``) asks for it, not even if the peer does.

bumble's own virtual controller will do, but it cannot give up a connect: after one that found
nobody, the next is refused.

``profile="bluez"``, or another of :mod:`~babyn_simulator.bleak_backend.profiles`, has the central
do as that system does. By itself, as ``plain``, it differs from them all:

- ``BleakClient("AA:BB:…")`` never scans. It connects to that address. Whether the address is
  public or random is known if a scan of this device has heard it or if it is bonded; ``/P`` at
  its end says public. Else an address whose two top bits are ones is taken for random. A peer
  with private addresses must be scanned for, or be given as a ``BLEDevice``.
- An attribute that needs a pairing answers with its error; no pairing is started by reading it.
- ``name`` is the advertised name. The device name attribute is not read for it.
- ``BLEDevice.details`` is bumble's ``Address`` of the last report, which has its type.
- ``pair()`` takes ``timeout``, in seconds. ``start_notify()`` takes ``force_indicate``.
"""

from __future__ import annotations

from bumble.device import Device
from bumble.pairing import PairingDelegate

from babyn_simulator.bleak_backend.adapter import adapter_of
from babyn_simulator.bleak_backend.client import BumbleClient
from babyn_simulator.bleak_backend.profiles import PROFILES, CentralProfile, profile_of
from babyn_simulator.bleak_backend.scanner import BumbleScanner

__all__ = ["PROFILES", "CentralProfile", "client_backend", "scanner_backend"]


def scanner_backend(
    device: Device, *, profile: str | CentralProfile = "plain"
) -> type[BumbleScanner]:
    """Return the class to give to ``BleakScanner(backend=…)``.

    Args:
        device: the bumble device that scans.
        profile: what the central does differently, or its name. Give the same to the client.

    Raises:
        ValueError: if there is no profile of that name.
    """
    chosen = profile_of(profile)

    class BleakScannerBumble(BumbleScanner):
        adapter = adapter_of(device)
        profile = chosen

    return BleakScannerBumble


def client_backend(
    device: Device,
    *,
    profile: str | CentralProfile = "plain",
    mtu: int = 517,
    pairing: PairingDelegate | None = None,
) -> type[BumbleClient]:
    """Return the class to give to ``BleakClient(backend=…)``.

    Args:
        device: the bumble device that connects.
        profile: what the central does differently, or its name. Give the same to the scanner.
        mtu: the ATT MTU to ask for, in bytes. At 23 nothing is asked.
        pairing: who answers when a pairing asks for a number to be compared, typed or shown.
            Without one, pairing is Just Works.

    Raises:
        ValueError: if ``mtu`` is not one that ATT allows, or there is no such profile.
    """
    if not 23 <= mtu <= 517:
        raise ValueError("the MTU must be from 23 to 517 bytes")
    wanted_mtu, delegate, chosen = mtu, pairing, profile_of(profile)

    class BleakClientBumble(BumbleClient):
        adapter = adapter_of(device)
        profile = chosen
        mtu = wanted_mtu
        pairing = delegate

    return BleakClientBumble
