"""The command that helps after an error, so that nobody has to search for it."""

from __future__ import annotations

from babyn_ble.cli.invocation import Invocation
from babyn_ble.errors import (
    AnswerRefusal,
    AnswerRefusedError,
    BabynError,
    BluetoothUnavailableError,
    BluetoothUnavailableReason,
    ConsentRenewalRequiredError,
    ConsentRequiredError,
    DeviceNotFoundError,
    DisconnectedError,
    InvalidConsentError,
    LedgerError,
    NotSetUpError,
    RecipientError,
    ServiceEndedError,
)
from babyn_ble.privacy.purposes import OWN_SCOPES

_ORDER = tuple(map(str, OWN_SCOPES))


def _first_asked(scope: str) -> int:
    """Return where a consent stands in the order in which they are asked for."""
    return _ORDER.index(scope) if scope in _ORDER else len(_ORDER)


def next_command(invocation: Invocation, error: BabynError) -> str | None:
    """Return the command to type after ``error``, or ``None`` where none would help."""
    match error:
        case ConsentRequiredError(missing=(_, *_) as missing):
            return invocation.command("consent", "give", min(missing, key=_first_asked))
        case ConsentRenewalRequiredError():
            return invocation.command("consent", "review")
        case AnswerRefusedError(reason=AnswerRefusal.NO_KEY):
            return invocation.command("setup", "--guardian-key", "KEY.pub")
        case AnswerRefusedError():
            return None
        case ServiceEndedError():
            return invocation.command("privacy", "export", "my-data")
        case InvalidConsentError() if invocation.help_command:
            return invocation.command(*invocation.help_command)
        case ConsentRequiredError() | InvalidConsentError():
            return invocation.command("consent", "show")
        case NotSetUpError():
            return invocation.command("setup")
        case BluetoothUnavailableError(reason=BluetoothUnavailableReason.NOT_INSTALLED):
            return "pip install 'babyn-ble[all]'"
        case DeviceNotFoundError() | DisconnectedError():
            return invocation.command("scan")
        case RecipientError():
            return invocation.command("recipients", "list")
        case LedgerError():
            return invocation.command("doctor")
        case _:
            return None
