"""Errors of the gateway that a caller may want to tell apart."""

from __future__ import annotations

from babyn_ble.errors import RecipientError


class RecipientUnreachableError(RecipientError):
    """The recipient's broker cannot be reached, or stayed away for too long.

    Trying again later may help; with any other :class:`RecipientError` it does not.
    """
