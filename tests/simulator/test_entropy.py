"""Seeded entropy: for simulated devices, in their own context, and for nothing else."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import bumble
import pytest
from bumble import crypto, hci

from babyn_simulator import entropy
from babyn_simulator.entropy import Entropy
from babyn_simulator.errors import UnsupportedBumbleError
from babyn_simulator.nursery import Nursery
from tests.simulator.virtual_bench import virtually


@pytest.fixture(autouse=True)
def _installed() -> Generator[None]:
    entropy.install()
    yield
    entropy.restore()


def part(module: str, name: str) -> Any:
    """Return something of a module of bumble's that the module only uses itself."""
    return getattr(importlib.import_module(f"bumble.{module}"), name)


def draws(source: Entropy | None) -> tuple[object, ...]:
    """Draw by every way that bumble has."""
    with entropy.use(source):
        key = part("crypto", "EccKey").generate()
        return (
            bytes(hci.Address.generate_static_address()),
            bytes(hci.Address.generate_private_address(bytes(range(16)))),
            crypto.r(),
            key.x,
            key.y,
            part("pairing", "secrets").randbelow(1 << 64),
            part("controller", "random").randint(0, 1 << 64),
        )


def test_the_same_role_draws_the_same() -> None:
    assert draws(Entropy(1, "device/patch")) == draws(Entropy(1, "device/patch"))


@pytest.mark.parametrize(
    "other",
    [
        Entropy(2, "device/patch"),
        Entropy(1, "device/sock"),
        Entropy(1, "device/patch", boot=1),
        Entropy(1, "device/patch").booted(2),
        Entropy(1, "device").child("sock"),
    ],
)
def test_seed_role_and_boot_each_change_everything(other: Entropy) -> None:
    """Mutant: one of the three is left out of the derivation."""
    mine = draws(Entropy(1, "device/patch"))
    assert all(a != b for a, b in zip(mine, draws(other), strict=True))


def test_without_entropy_of_its_own_everything_comes_from_the_system() -> None:
    """Mutant: the dispatchers fall back to some seed; a real radio's keys could be guessed."""
    draws(Entropy(1, "device/patch"))
    first, second = draws(None), draws(None)
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_the_private_key_is_one_of_the_curve() -> None:
    with entropy.use(Entropy(1, "key")):
        mine = part("crypto", "EccKey").generate()
    with entropy.use(Entropy(2, "key")):
        yours = part("crypto", "EccKey").generate()
    assert mine.dh(yours.x, yours.y) == yours.dh(mine.x, mine.y)


@virtually
async def test_user_code_beside_a_nursery_keeps_the_systems_entropy() -> None:
    """Mutant: opening a nursery seeds the whole process."""
    addresses: set[bytes] = set()
    for _ in range(2):
        async with Nursery.open(seed=1) as nursery:
            assert entropy.current() is None
            addresses.add(bytes(hci.Address.generate_static_address()))
            assert nursery.devices["patch"].powered_on
    assert len(addresses) == 2


@virtually
async def test_a_simulated_device_finds_its_own_entropy() -> None:
    """The control of the one above: inside of a device, the same seed draws the same."""
    drawn: list[bytes] = []

    async def draw() -> None:
        drawn.append(bytes(hci.Address.generate_static_address()))

    for _ in range(2):
        async with Nursery.open(seed=1) as nursery:
            await nursery.devices["patch"].device.in_own_context(draw())
    assert drawn[0] == drawn[1]


def test_restoring_puts_back_what_was_there() -> None:
    """Mutant: a stand-in stays behind."""
    entropy.restore()
    before = [vars(importlib.import_module(name))[attribute] for name, attribute in entropy.GLOBALS]
    generate = cast("object", vars(part("crypto", "EccKey"))["generate"])
    entropy.install()
    entropy.install()
    assert vars(part("crypto", "EccKey"))["generate"] is not generate
    entropy.restore()
    after = [vars(importlib.import_module(name))[attribute] for name, attribute in entropy.GLOBALS]
    assert all(a is b for a, b in zip(before, after, strict=True))
    assert vars(part("crypto", "EccKey"))["generate"] is generate


@pytest.mark.parametrize(("module", "attribute"), entropy.GLOBALS)
def test_a_bumble_that_draws_elsewhere_is_refused(
    module: str, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: a name that is gone is skipped, and runs silently differ."""
    entropy.restore()
    monkeypatch.delattr(importlib.import_module(module), attribute)
    with pytest.raises(UnsupportedBumbleError, match=module):
        entropy.install()


def test_a_bumble_whose_keys_cannot_be_seeded_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entropy.restore()
    monkeypatch.setattr(crypto, "EccKey", type("EccKey", (), {}))
    with pytest.raises(UnsupportedBumbleError, match="EccKey"):
        entropy.install()


SOURCES = {"random", "secrets", "uuid"}

NOT_THE_STACK = ("apps", "tools", "testing", "transport", "vendor", "drivers")
"""Folders of bumble that no simulated device runs."""


def test_bumble_draws_from_nowhere_else() -> None:
    """Canary: a bumble that takes random numbers in a new place would break determinism."""
    folder = Path(bumble.__path__[0])
    found: set[tuple[str, str]] = set()
    for info in pkgutil.walk_packages([str(folder)], "bumble."):
        parts = info.name.split(".")
        if parts[1] in NOT_THE_STACK:
            continue
        path = folder.joinpath(*parts[1:])
        source = path / "__init__.py" if info.ispkg else path.with_suffix(".py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {(info.name, name.name) for name in node.names if name.name in SOURCES}
            elif isinstance(node, ast.ImportFrom) and node.module in SOURCES:
                found.add((info.name, node.module))
            elif isinstance(node, ast.Attribute) and node.attr == "urandom":
                found.add((info.name, "urandom"))
    # The pure-Python curve draws only in generate(), which is replaced.
    assert found == {*entropy.GLOBALS, ("bumble.crypto.builtin", "secrets")}, (
        "bumble draws random numbers in a new place; dispatch it in babyn_simulator.entropy"
    )
