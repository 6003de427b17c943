"""The permits of one session: asked for, held until it ends, and what happens when they die."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from babyn_ble.errors import BabynError, ConsentRequiredError, LedgerError
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.purposes import Category

if TYPE_CHECKING:
    from babyn_ble.binding import BoundDevice
    from babyn_ble.privacy.gate import Gate
    from babyn_ble.privacy.permits import Permit, Teardown
    from babyn_ble.readings import Reading

__all__ = ["KEEP", "READ", "SessionPermits"]

READ: Final = {Category.HEALTH: Act.READ, Category.ENVIRONMENT: Act.READ_ROOM}
"""Which act it is to read a value."""

KEEP: Final = {Category.HEALTH: Act.KEEP, Category.ENVIRONMENT: Act.KEEP_ROOM}
"""Which act it is to store one."""


class SessionPermits:
    """Asks the gate for one session.

    Args:
        gate: answers.
        device: the session's device.
        finish: ends the session, when a permit that it needs dies.
        close: closes the link then.
        drain: waits until what is being stored is stored.
    """

    def __init__(
        self,
        gate: Gate,
        device: BoundDevice,
        *,
        finish: Callable[[BabynError], None],
        close: Teardown,
        drain: Teardown,
    ) -> None:
        self._gate = gate
        self._device = device
        self._finish = finish
        self._close = close
        self._drain = drain
        self._held: list[Permit] = []
        self._reading: dict[Category, Permit] = {}
        self._keeping: dict[Category, Permit] = {}

    def ask(self, act: Act) -> Permit:
        """Return a permit that is the caller's to give back."""
        return self._gate.permit(self._device.subject, *act.value, device=self._device.id)

    def ask_until_end(self, act: Act) -> Permit:
        """Return a permit that is given back when the session ends; it may die before."""
        permit = self.ask(act)
        self._held.append(permit)
        return permit

    def ask_reading(self, category: Category) -> Permit:
        """Return a permit to read values of a category; the session ends with it."""
        permit = self._reading[category] = self.ask(READ[category])
        self.hold(permit)
        return permit

    def ask_status(self) -> Permit:
        """Return a permit to read the device's state; the session ends with it."""
        permit = self.ask(Act.STATUS)
        self.hold(permit)
        return permit

    def require_reading(self, reading: Reading) -> None:
        """Return if a reading may be handed out now: it may have waited for its consumer.

        Raises:
            ConsentRequiredError: it may not.
        """
        act = READ.get(reading.quantity.category)
        if act is None:
            return
        permit = self._reading.get(reading.quantity.category)
        if permit is not None and (permit.alive or permit.died):
            permit.check()
        else:  # the session is over, and what had arrived is still being handed out
            self.ask(act).release()

    def may_keep(self, category: Category) -> bool:
        """Return whether readings of a category may be stored now."""
        permit = self._keeping.get(category)
        with contextlib.suppress(ConsentRequiredError):
            if permit is None or not permit.alive:
                permit = self._keeping[category] = self.ask(KEEP[category])
                permit.guard("store", self._drain)  # what is being written when it dies
            permit.check()
            return True
        return False

    def keeps(self, category: Category) -> bool:
        """Return whether the permit to store readings of a category is held, and lives."""
        permit = self._keeping.get(category)
        return permit is not None and permit.alive

    def held_then(self, reading: Reading, acts: Mapping[Category, Act]) -> bool:
        """Return whether it was agreed to when a device measured what it has kept since."""
        act = acts.get(reading.quantity.category)
        if act is None or not reading.from_log:
            return True
        with contextlib.suppress(LedgerError):
            return self._gate.held_at(self._device.subject, *act.value, reading.measured_at)
        return False

    def hold(self, permit: Permit) -> None:
        """Hold a permit: when it dies, nothing more is handed out and the link is closed."""

        def died() -> None:
            try:
                permit.check()
            except ConsentRequiredError as error:
                self._finish(error)

        self._held.append(permit)
        permit.on_death(died)
        permit.guard("session", self._close)

    def release(self) -> None:
        """Give every permit back."""
        for permit in (*self._held, *self._keeping.values()):
            permit.release()
