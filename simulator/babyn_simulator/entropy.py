"""Seeded entropy for simulated devices, and for nothing else in the process.

bumble takes its random numbers from the modules ``secrets`` and ``random``, by names in its
own modules. :func:`install` puts dispatchers in the place of those names. A dispatcher asks
a context variable: where a simulated device runs, it finds that device's seeded
:class:`Entropy`; everywhere else it finds nothing and goes to the system, as before. So a
real radio in the same process keeps the system's entropy.

This is deterministic on purpose, and therefore no source of keys for anything real.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import importlib
import random
import secrets
from collections.abc import Callable, Generator
from types import ModuleType
from typing import Any, Protocol, cast

from babyn_simulator.errors import UnsupportedBumbleError


class Entropy:
    """A reproducible stream of random numbers for one role in one simulation.

    Args:
        seed: the simulation's seed.
        role: what draws from it (``device/patch``, ``central/0``, ``air``…). Two roles share
            nothing, so adding a device does not change what another one draws.
        boot: how often that role has started; no two boots draw the same numbers.
    """

    def __init__(self, seed: int, role: str, boot: int = 0) -> None:
        self.seed = seed
        self.role = role
        self.boot = boot
        material = hashlib.sha256(f"babyn-simulator\0{seed}\0{role}\0{boot}".encode()).digest()
        self._random = random.Random(material)

    def child(self, name: str) -> Entropy:
        """Return an independent stream for a part of this role."""
        return Entropy(self.seed, f"{self.role}/{name}", self.boot)

    def booted(self, boot: int) -> Entropy:
        """Return the stream of the same role at its ``boot``-th start."""
        return Entropy(self.seed, self.role, boot)

    def token_bytes(self, length: int) -> bytes:
        """Return ``length`` random bytes."""
        return self._random.randbytes(length)

    def below(self, limit: int) -> int:
        """Return a random integer from 0 to ``limit`` - 1."""
        return self._random.randrange(limit)

    def uniform(self, low: float, high: float) -> float:
        """Return a random number between ``low`` and ``high``, evenly distributed."""
        return self._random.uniform(low, high)

    def gauss(self, mean: float, deviation: float) -> float:
        """Return a random number, normally distributed."""
        return self._random.gauss(mean, deviation)


_current: contextvars.ContextVar[Entropy | None] = contextvars.ContextVar(
    "babyn_simulator_entropy", default=None
)


def current() -> Entropy | None:
    """Return the entropy of the simulated device that runs now, or ``None`` outside of any."""
    return _current.get()


@contextlib.contextmanager
def use(entropy: Entropy | None) -> Generator[None]:
    """Have everything inside of the block draw from ``entropy``; ``None`` means the system."""
    token = _current.set(entropy)
    try:
        yield
    finally:
        _current.reset(token)


def context_of(entropy: Entropy | None) -> contextvars.Context:
    """Return a copy of the running context in which ``entropy`` is the current one."""
    context = contextvars.copy_context()
    context.run(_current.set, entropy)
    return context


class _Secrets:
    """Stands where bumble looks for the module ``secrets``."""

    @staticmethod
    def token_bytes(length: int | None = None) -> bytes:
        entropy = _current.get()
        if entropy is None:
            return secrets.token_bytes(length)
        return entropy.token_bytes(32 if length is None else length)

    @staticmethod
    def randbelow(limit: int) -> int:
        entropy = _current.get()
        return secrets.randbelow(limit) if entropy is None else entropy.below(limit)

    def __getattr__(self, name: str) -> Any:
        return getattr(secrets, name)


class _Random:
    """Stands where bumble looks for the module ``random``."""

    @staticmethod
    def randint(low: int, high: int) -> int:
        entropy = _current.get()
        if entropy is None:
            return random.randint(low, high)
        return low + entropy.below(high - low + 1)

    def __getattr__(self, name: str) -> Any:
        return getattr(random, name)


class _EccKeyClass(Protocol):
    def from_private_key_bytes(self, d_bytes: bytes, /) -> object: ...


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of the group of P-256. FIPS 186-5 / SEC 2 - Recommended Elliptic Curves - §2.4.2."""

GLOBALS: tuple[tuple[str, str], ...] = (
    ("bumble.controller", "random"),
    ("bumble.controller", "secrets"),
    ("bumble.crypto", "secrets"),
    ("bumble.device", "secrets"),
    ("bumble.hci", "secrets"),
    ("bumble.pairing", "secrets"),
)
"""The names in bumble's modules through which it draws random numbers."""

_STAND_INS: dict[str, object] = {"random": _Random(), "secrets": _Secrets()}

_undo: list[Callable[[], None]] = []


def _module(name: str, attribute: str) -> ModuleType:
    module = importlib.import_module(name)
    if not hasattr(module, attribute):
        raise UnsupportedBumbleError(
            f"bumble has changed: {name} no longer draws its random numbers from a global "
            f"named '{attribute}', so a simulation could not be repeated; "
            "install the bumble version that this package asks for"
        )
    return module


def _replace(owner: Any, name: str, value: object) -> None:
    original = cast("object", vars(owner)[name])
    setattr(owner, name, value)
    _undo.append(lambda: setattr(owner, name, original))


def _generate_with(system: Callable[[], object]) -> Callable[[Any], object]:
    def generate(cls: Any) -> object:
        entropy = _current.get()
        if entropy is None:
            return system()
        private = 1 + entropy.below(P256_ORDER - 1)
        return cast("_EccKeyClass", cls).from_private_key_bytes(private.to_bytes(32, "big"))

    return generate


def install() -> None:
    """Put the dispatchers in place, once for the process. Installing again does nothing.

    Raises:
        UnsupportedBumbleError: the installed bumble draws its random numbers elsewhere.
    """
    if _undo:
        return
    modules = [(_module(name, attribute), attribute) for name, attribute in GLOBALS]
    key_class = vars(_module("bumble.crypto", "EccKey"))["EccKey"]
    if not hasattr(key_class, "generate") or not hasattr(key_class, "from_private_key_bytes"):
        raise UnsupportedBumbleError(
            "bumble has changed: its EccKey can no longer be generated from given bytes, so "
            "pairing could not be repeated; install the bumble version that this package asks for"
        )
    for module, attribute in modules:
        _replace(module, attribute, _STAND_INS[attribute])
    _replace(key_class, "generate", classmethod(_generate_with(key_class.generate)))


def restore() -> None:
    """Take the dispatchers out again: bumble is as it was before :func:`install`."""
    while _undo:
        _undo.pop()()
