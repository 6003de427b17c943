"""How many links a central can have at a time."""

from __future__ import annotations

from babyn_simulator.bleak_backend.dialects import no_slot


class Slots:
    """The links of one central that are up, or on their way."""

    def __init__(self) -> None:
        self._taken: dict[object, None] = {}

    def take(self, owner: object, limit: int | None) -> None:
        """Take a slot.

        Args:
            owner: whose it is; it gives it back.
            limit: how many there are; ``None`` for as many as one likes.

        Raises:
            BleakError: if none is free.
        """
        if limit is not None and len(self._taken) >= limit:
            raise no_slot()
        self._taken[owner] = None

    def give_back(self, owner: object) -> None:
        """Give a slot back. Harmless if it was."""
        self._taken.pop(owner, None)
