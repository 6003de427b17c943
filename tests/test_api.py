"""The public face: what each package exports, and that importing it stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import babyn_ble
import babyn_ble.gateway
import babyn_ble.privacy
import babyn_simulator

PUBLIC = """
Act AnswerRefusal AnswerRefusedError AuthenticationFailedError BabynError
BluetoothUnavailableError BluetoothUnavailableReason
BoundDevice Companion ConsentRenewalRequiredError ConsentRequiredError Derivation
DeviceNotFoundError DisconnectReason DisconnectedError DowngradedMessageError Event EventKind
Gap InspectedCharacteristic InspectedService Inspection InvalidConsentError InvalidMessageError
InvalidValueError LedgerError LocalProtocolError MalformedMessageError NotSetUpError
PlatformPermissionDeniedError Property PropertyState ProtocolError Quality QualityReason
QualityStatus Quantity Reading RecipientError
RejectedError RemoteProtocolError ReplayedMessageError ResponseTimeoutError Session Sighting
Site StoreError TeardownIncompleteError Unbound
"""


def test_what_the_companion_exports() -> None:
    assert sorted(babyn_ble.__all__) == sorted(PUBLIC.split())
    assert all(getattr(babyn_ble, name) is not None for name in babyn_ble.__all__)
    assert set(dir(babyn_ble)) >= set(babyn_ble.__all__)
    with pytest.raises(AttributeError):
        getattr(babyn_ble, "Anything")  # noqa: B009 - type checkers know that it is not there


@pytest.mark.parametrize("package", [babyn_ble.privacy, babyn_ble.gateway, babyn_simulator])
def test_every_exported_name_is_there(package: object) -> None:
    for name in getattr(package, "__all__"):  # noqa: B009 - of any module
        assert getattr(package, name) is not None, name


def test_every_error_descends_from_one_root() -> None:
    for name in babyn_ble.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(babyn_ble, name), babyn_ble.BabynError), name


@pytest.mark.parametrize(
    "module",
    [
        "babyn_ble",
        "babyn_ble.companion",
        "babyn_ble.cli",
        "babyn_ble.gateway",
        "babyn_ble.pytest_plugin",
        "babyn_simulator.pytest_plugin",
        "babyn_simulator.radios",
    ],
)
def test_importing_touches_no_bluetooth(module: str) -> None:
    """Mutant: import babyn_ble.radio at the top of companion.py."""
    program = (
        f"import {module}, sys\n"
        "print(sorted({n.partition('.')[0] for n in sys.modules} & {'bleak', 'bumble'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    control = program.replace(f"import {module}", "import babyn_ble.radio")
    done = subprocess.run(
        [sys.executable, "-c", control], capture_output=True, text=True, check=True
    )
    assert "bleak" in done.stdout
