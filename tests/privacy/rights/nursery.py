"""Two children in one data directory, with everything of both that can be kept."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from babyn_ble.binding import BOND_KIND, DEVICE_KIND, BoundDevice
from babyn_ble.gateway import MqttRecipients
from babyn_ble.privacy import FileKeys, KeyProvider
from babyn_ble.privacy.purposes import OWN_SCOPES, ConsentScope
from babyn_ble.readings import Quantity, Reading
from babyn_ble.store.sql import SqlStore
from tests.privacy.household import RECIPIENT, START, Household, ManualClock

ADDRESS = "C4:7C:8D:6A:42:17"
DEVICE_NAME = "Canary patch of Mia"
DEVICE = "canarydv"
READINGS = 3


def reading(number: int, device: str = DEVICE) -> Reading:
    moment = START + timedelta(seconds=number)
    return Reading(
        device=device,
        quantity=Quantity.TEMPERATURE,
        value=Decimal(36100 + number).scaleb(-3),
        unit="°C",
        measured_at=moment,
        received_at=moment,
        epoch=1,
        sequence=number,
    )


class Nursery:
    """One data directory as one program sees it. ``child`` is the one that this is about."""

    def __init__(
        self, directory: Path, *, keys: KeyProvider | None = None, filled: bool = True
    ) -> None:
        self.directory = directory
        self.clock = ManualClock()
        self.provider = keys or FileKeys(directory / "master.key")
        self.store = SqlStore.open(directory)
        self.home = Household(self.store, clock=self.clock, keys=self.provider, subject=None)
        self.register = self.home.register
        self.child = self.home.id
        self.register.recipients.put(RECIPIENT)
        self.home.agree(*OWN_SCOPES, ConsentScope.sharing("home"))
        self._fill(self.child, DEVICE, ADDRESS, DEVICE_NAME)
        self.sibling = self.home.set_up(self.home.subject.kind).subject_id
        self._fill(self.sibling, "siblings", "D0:00:00:00:00:01", "Sibling's")

    def _fill(self, subject: str, device: str, address: str, name: str) -> None:
        vault = self.register.vault
        bound = BoundDevice(
            id=device,
            subject=subject,
            model="thermometer",
            name=name,
            address=address,
            manufacturer="Maker",
            paired=True,
            bonds=(address,),
            bound_at=datetime(2026, 3, 1, tzinfo=UTC),
        )
        vault.put(DEVICE_KIND, device, bound, subject_id=subject)
        vault.put_bytes(BOND_KIND, address, b"long-term key", subject_id=subject)
        MqttRecipients(self.register.recipients, vault).pseudonym(
            "home", subject=subject, device=device
        )
        rows = [reading(number, device).as_dict() for number in range(READINGS)]
        vault.append_readings(subject, device, rows)

    def copy(self, directory: Path) -> Path:
        """Copy the whole data directory, as a backup program does while nothing runs."""
        shutil.copytree(self.directory, directory)
        directory.chmod(0o700)
        return directory

    def bytes(self) -> bytes:
        """Return every byte of every file in the data directory, names included."""
        return every_byte(self.directory)


def every_byte(directory: Path) -> bytes:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return b"".join(str(path.name).encode() + path.read_bytes() for path in files)
