from __future__ import annotations

import csv
import io
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from babyn_ble.errors import NotSetUpError, StoreError
from babyn_ble.privacy import FileKeys, Keys
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.purposes import OWN_SCOPES
from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import erase
from babyn_ble.privacy.rights.export import Export, export
from babyn_ble.privacy.rights.export_files import as_files, write_export
from babyn_ble.privacy.rights.importing import import_export
from babyn_ble.store.sql import SqlStore
from tests.privacy.household import CHILD, CONTROLLER, GUARDIAN
from tests.privacy.rights.nursery import ADDRESS, DEVICE_NAME, READINGS, Nursery, reading


def empty(directory: Path) -> ConsentRegister:
    store = SqlStore.open(directory)
    return ConsentRegister.open(store, Keys.open(store, FileKeys(directory / "master.key")))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.requirement("BN-DSR-01")
def test_everything_is_in_it(nursery: Nursery) -> None:
    """Mutant: a kind of record, a consent, a recipient, or a policy is left out silently."""
    found = export(nursery.register, nursery.child)
    assert found.subject["name"] == CHILD
    assert found.subject["controller"]["party_name"] == CONTROLLER
    assert found.subject["consenting_party"]["party_contact"].startswith(GUARDIAN)
    [device] = found.devices
    assert (device["address"], device["name"]) == (ADDRESS, DEVICE_NAME)
    assert [row["sequence"] for row in found.readings] == list(range(READINGS))
    for number, row in enumerate(found.readings):
        assert reading(number).as_dict().items() <= row.items()
        assert row["stored_on"] == "2026-03-01"
        assert row["purpose"] == "history_storage"
    assert len({row["ref"] for row in found.readings}) == READINGS
    decided = nursery.register.history(nursery.child)
    assert [row["seq"] for row in found.consents] == [decision.seq for decision in decided]
    assert len(decided) == 2 * (len(OWN_SCOPES) + 1)  # asked and given
    assert [row["recipient"] for row in found.consents][-1] == "home"
    assert [entry["id"] for entry in found.recipients] == ["home"]
    assert [len(entry["sha256"]) for entry in found.policies] == [64]
    assert {row["kind"]: row["count"] for row in found.left_out} == {"bond": 1, "recipient-key": 1}


@pytest.mark.requirement("BN-DSR-01")
def test_a_kind_of_record_that_is_new_is_in_it(nursery: Nursery) -> None:
    """Mutant: only the kinds that were known when this was written are exported."""
    nursery.register.vault.put_content("new", "one", '{"a": 1}', subject_id=nursery.child)
    found = export(nursery.register, nursery.child)
    [row] = found.records
    assert row == {"kind": "new", "name": "one", "purpose": None, "content": {"a": 1}}
    kinds = {record.kind for record in nursery.store.list(None, nursery.child)}
    assert kinds == {"subject", "device", "new", *(row["kind"] for row in found.left_out)}


@pytest.mark.requirement("BN-DSR-01")
def test_nothing_of_a_sibling_is_in_it(nursery: Nursery) -> None:
    text = export(nursery.register, nursery.child).model_dump_json()
    assert "Sibling" not in text
    assert nursery.sibling not in text
    assert "Sibling" in export(nursery.register, nursery.sibling).model_dump_json()


@pytest.mark.requirement("BN-DSR-01")
def test_an_import_into_an_empty_store_exports_the_same(nursery: Nursery, tmp_path: Path) -> None:
    """The round trip. Mutant: days, decisions, recipients, or other records are lost."""
    nursery.register.vault.put_content("new", "one", '{"a": 1}', subject_id=nursery.child)
    first = export(nursery.register, nursery.child)
    register = empty(tmp_path / "other")
    nursery.clock.date += timedelta(days=9)
    register.clock = nursery.clock
    register.vault = type(register.vault)(register.store, register.keys, nursery.clock)
    subject = import_export(register, json.loads(first.model_dump_json()))
    again = export(register, subject.subject_id)
    assert again.content() == {**first.content(), "left_out": []}
    register.verify()
    with pytest.raises(StoreError, match="empty"):
        import_export(register, json.loads(first.model_dump_json()))
    register.store.close()


def test_an_import_opens_nothing(nursery: Nursery, tmp_path: Path) -> None:
    """Mutant: decisions of another ledger count as consents of this one."""
    document = json.loads(export(nursery.register, nursery.child).model_dump_json())
    register = empty(tmp_path / "other")
    subject = import_export(register, document)
    assert not any(state.valid for state in register.statuses(subject.subject_id))
    assert register.history(subject.subject_id) == []
    register.store.close()


CHANGES: list[dict[str, object]] = [
    {"format": "babyn-export/2"},
    {"subject": {}},
    {"devices": [{}]},
    {"readings": [{"value": "1"}]},
    {"consents": [{}]},
    {"more": 1},
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_no_export_is_refused_whole(
    change: dict[str, object], nursery: Nursery, tmp_path: Path
) -> None:
    """Mutant: what is right of it is taken in before the rest is looked at."""
    document = json.loads(export(nursery.register, nursery.child).model_dump_json())
    register = empty(tmp_path / "other")
    with pytest.raises(StoreError, match="nothing was taken in"):
        import_export(register, {**document, **change})
    assert register.subjects() == ()
    assert register.store.subject_ids() == []
    register.store.close()


@pytest.mark.requirement("BN-DSR-01")
def test_the_files(nursery: Nursery, tmp_path: Path) -> None:
    """Mutant: open to others; a table without units; a file that is overwritten."""
    found = export(nursery.register, nursery.child)
    directory = tmp_path / "copy"
    files = write_export(found, directory)
    assert sorted(path.name for path in files) == sorted(as_files(found))
    if nursery.directory.stat().st_mode & 0o777 == 0o700:
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    document = json.loads((directory / "export.json").read_text(encoding="utf-8"))
    assert Export.model_validate(document) == found
    rows = table((directory / "readings.csv").read_bytes().decode())
    assert [row["value"] for row in rows] == [str(reading(n).value) for n in range(READINGS)]
    assert {row["unit"] for row in rows} == {"°C"}
    assert {row["device_manufacturer"] for row in rows} == {"Maker"}
    assert {row["measured_at"] for row in rows} == {
        str(reading(number).as_dict()["measured_at"]) for number in range(READINGS)
    }
    with pytest.raises(StoreError, match="not empty"):
        write_export(found, directory)


def test_a_name_is_no_formula(nursery: Nursery) -> None:
    """A device names itself. Mutant: a spreadsheet runs what it says."""
    found = export(nursery.register, nursery.child)
    hostile = found.model_copy(
        update={
            "devices": [{"id": "x", "name": "=cmd()", "offset": "-0.5", "more": "@a", "n": None}]
        }
    )
    [row] = table(as_files(hostile)["devices.csv"])
    assert row == {"id": "x", "name": "'=cmd()", "offset": "-0.5", "more": "'@a", "n": ""}


def test_its_repr_tells_nothing(nursery: Nursery) -> None:
    text = repr(export(nursery.register, nursery.child))
    assert text == f"Export(1 devices, {READINGS} readings)"


async def test_there_is_nothing_to_export_after_an_erasure(nursery: Nursery) -> None:
    await erase(
        nursery.register,
        nursery.child,
        ground=DeletionGround.NO_LONGER_USED,
        verified_by=VerifiedBy.LOCAL_USER,
    )
    with pytest.raises(NotSetUpError):
        export(nursery.register, nursery.child)
