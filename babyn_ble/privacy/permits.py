"""Permits: leave to do one thing, for as long as the consents for it hold.

A permit is checked at each use. When a consent goes, its permits die at once: from then on
:meth:`Permit.check` raises, ``on_death`` callbacks have run, and what was put under guard is
being closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol

from babyn_ble.errors import ConsentRenewalRequiredError, ConsentRequiredError, ServiceEndedError
from babyn_ble.privacy.policy import MaterialChange
from babyn_ble.privacy.purposes import Category, ConsentScope, Operation, Purpose

Teardown = Callable[[], Awaitable[None]]
"""Closes something that a permit had opened."""

Guarded = tuple[str, Teardown]


@dataclass(frozen=True, slots=True)
class Act:
    """What a permit is for.

    Attributes:
        subject_id: whose data.
        purpose, category, operation: the question.
        recipient: who gets them, if it is about sharing.
        device: short id of the bound device it is about, if it is about one.
    """

    subject_id: str
    purpose: Purpose
    category: Category
    operation: Operation
    recipient: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """Why an act is not allowed.

    Attributes:
        message: what to tell the caller.
        missing: the consents it would need.
        renewal: whether all of them were given once and have to be renewed.
        changes: what has changed since.
        ended: whether the service has ended, so that no consent helps.
    """

    message: str
    missing: frozenset[ConsentScope] = frozenset()
    renewal: bool = False
    changes: frozenset[MaterialChange] = frozenset()
    ended: bool = False

    def error(self) -> ConsentRequiredError:
        """Return it as an error to raise."""
        if self.ended:
            return ServiceEndedError(self.message)
        missing = map(str, self.missing)
        if self.renewal:
            return ConsentRenewalRequiredError(self.message, missing=missing, changes=self.changes)
        return ConsentRequiredError(self.message, missing=missing)


@dataclass(frozen=True, slots=True)
class Window:
    """When the consents for an act all hold.

    Attributes:
        not_before, not_after: from when to when.
        exception: id of the exception that stands in place of some of them, if one does.
    """

    not_before: datetime
    not_after: datetime
    exception: str | None = None


class Issuer(Protocol):
    """The gate, as a permit sees it."""

    def confirm(self, permit: Permit) -> None:
        """Make sure that what is known is fresh; the permit may die of it."""
        ...

    def released(self, permit: Permit) -> None:
        """Note that a permit is no longer used."""
        ...

    def tear_down(self, guarded: Guarded) -> None:
        """Close something, in the background."""
        ...


class Permit:
    """Leave to do one thing. Made by :meth:`babyn_ble.privacy.gate.Gate.permit`.

    A context manager: it is given back at the end.
    """

    __slots__ = ("_callbacks", "_denial", "_guarded", "_issuer", "_released", "act", "window")

    def __init__(self, issuer: Issuer, act: Act, window: Window) -> None:
        self.act = act
        self.window = window
        self._issuer = issuer
        self._denial: Denial | None = None
        self._released = False
        self._guarded: list[Guarded] = []
        self._callbacks: list[Callable[[], None]] = []

    @property
    def alive(self) -> bool:
        """Whether it has neither died nor been given back."""
        return self._denial is None and not self._released

    @property
    def died(self) -> bool:
        """Whether the consents for it have gone while it was in use."""
        return self._denial is not None

    def check(self) -> None:
        """Return if the act is allowed now. To be called at each use.

        Raises:
            ConsentRequiredError: it is not: the permit has died, was given back, or the
                store cannot be asked (then a later check may succeed).
            ConsentRenewalRequiredError: it died because a consent ended or changed.
        """
        if self.alive:
            self._issuer.confirm(self)
        if self._denial is not None:
            raise self._denial.error()
        if self._released:
            raise ConsentRequiredError("The permit was given back; ask the gate for another")

    def guard(self, name: str, teardown: Teardown) -> None:
        """Have something closed when the permit dies; at once, if it has died.

        Args:
            name: what it is, in a word; it may end in an error text.
            teardown: closes it, once. It runs as a task of its own. A task that it stops
                has to go through :func:`cancel_and_join`: a withdrawal may come from there.
        """
        if self._denial is not None:
            self._issuer.tear_down((name, teardown))
        elif not self._released:
            self._guarded.append((name, teardown))

    def on_death(self, callback: Callable[[], None]) -> None:
        """Have a callback run in the moment the permit dies; now, if it has died."""
        if self._denial is not None:
            callback()
        elif not self._released:
            self._callbacks.append(callback)

    def release(self) -> None:
        """Give it back: nothing under guard is closed any more. Again: nothing happens."""
        if self.alive:
            self._released = True
            self._guarded.clear()
            self._callbacks.clear()
            self._issuer.released(self)

    def die(self, denial: Denial) -> tuple[list[Callable[[], None]], list[Guarded]]:
        """Die. For the gate, which runs the callbacks and closes what is returned."""
        self._denial = denial
        callbacks, self._callbacks = self._callbacks, []
        guarded, self._guarded = self._guarded, []
        return callbacks, guarded

    def __enter__(self) -> Permit:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


_withdrawing: set[asyncio.Task[Any]] = set()


@contextmanager
def withdrawing() -> Generator[None]:
    """Mark the running task as one that waits for a withdrawal."""
    task = asyncio.current_task()
    if task is None or task in _withdrawing:
        yield
        return
    _withdrawing.add(task)
    try:
        yield
    finally:
        _withdrawing.discard(task)


def waits_for_withdrawal(task: asyncio.Task[Any]) -> bool:
    """Whether a task waits for a withdrawal right now, so that waiting for it is in vain."""
    return task in _withdrawing


async def cancel_and_join(task: asyncio.Task[Any] | None) -> None:
    """Cancel a task and wait for its end, as a teardown has to do it.

    A task that itself waits for a withdrawal is left alone: it would wait for its own end.
    So is the running task, and one that has ended.
    """
    if task is None or waits_for_withdrawal(task) or task is asyncio.current_task():
        return
    task.cancel()
    await asyncio.wait({task})
