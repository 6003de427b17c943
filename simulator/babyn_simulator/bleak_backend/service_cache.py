"""What one central found at its peers before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bumble import hci

from babyn_simulator.bleak_backend.recent import keep

if TYPE_CHECKING:
    from babyn_simulator.bleak_backend.gatt import Found


class ServiceCaches:
    """The services that one central found, by the address of the peer."""

    def __init__(self) -> None:
        self._found: dict[hci.Address, tuple[Found, ...]] = {}

    def of(self, address: hci.Address) -> tuple[Found, ...]:
        """Return the services that a peer had; none if it is not known."""
        return self._found.get(address, ())

    def keep(self, address: hci.Address, found: tuple[Found, ...]) -> None:
        """Remember the services of a peer."""
        keep(self._found, address, found)

    def drop(self, address: hci.Address) -> None:
        """Forget them. Harmless if they are not known."""
        self._found.pop(address, None)
