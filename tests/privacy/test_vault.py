from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from babyn_ble.errors import StoreError
from babyn_ble.privacy import Keys, MemoryKeys, Purpose, Vault
from babyn_ble.privacy.terms import HISTORY_DAYS
from babyn_ble.store import SealedRecord
from babyn_ble.store.memory import MemoryStore
from babyn_ble.store.sql import SqlStore
from tests.privacy.household import ManualClock

NAME = "C4:7C:8D:6A:42:17"
VALUE = "canary 36.73"


class Device(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)
    address: str
    model: str = "thermometer"


class Other(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)
    number: int


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def keys(store: MemoryStore) -> Keys:
    keys = Keys.open(store, MemoryKeys())
    keys.create_subject_key("subject-1")
    keys.create_subject_key("subject-2")
    return keys


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def vault(store: MemoryStore, keys: Keys, clock: ManualClock) -> Vault:
    return Vault(store, keys, clock)


def test_records_in_and_out(vault: Vault) -> None:
    device = Device(address=NAME)
    vault.put("device", NAME, device, subject_id="subject-1")
    assert vault.get("device", NAME, Device, subject_id="subject-1") == device
    assert vault.get("device", NAME, Device, subject_id="subject-2") is None
    assert vault.get("device", NAME, Device) is None
    assert vault.get("device", "another", Device, subject_id="subject-1") is None
    assert vault.get("bond", NAME, Device) is None
    changed = Device(address=NAME, model="scale")
    vault.put("device", NAME, changed, subject_id="subject-1")
    assert vault.list("device", Device) == [changed]
    assert not vault.delete("device", NAME)
    assert vault.delete("device", NAME, subject_id="subject-1")
    assert not vault.delete("device", NAME, subject_id="subject-1")
    assert vault.list("device", Device) == []


def test_lists_are_in_the_order_of_names(vault: Vault) -> None:
    """Mutant: the order of the keyed hashes, another in every store."""
    for name in ("c", "a", "b"):
        vault.put("device", name, Device(address=name), subject_id="subject-1")
    vault.put("device", "d", Device(address="d"), subject_id="subject-2")
    assert [device.address for device in vault.list("device", Device)] == ["a", "b", "c", "d"]
    assert vault.names("device", subject_id="subject-1") == ["a", "b", "c"]
    assert vault.list("device", Device, subject_id="subject-2") == [Device(address="d")]


def test_bytes_in_and_out(vault: Vault) -> None:
    vault.put_bytes("bond", NAME, bytes(range(256)))
    assert vault.get_bytes("bond", NAME) == bytes(range(256))
    assert vault.get_bytes("bond", "another") is None
    assert vault.names("bond") == [NAME]
    vault.put("bond", "model", Device(address="a"))
    with pytest.raises(StoreError, match="not bytes"):
        vault.get_bytes("bond", "model")


@pytest.mark.requirement("BN-PUR-01")
def test_another_purpose_does_not_get_it(vault: Vault, store: MemoryStore) -> None:
    """BN-PUR-01. Mutant: the purpose is stored and not compared; or only compared."""
    vault.put("device", NAME, Device(address=NAME), purpose=Purpose.BINDING)
    assert vault.get("device", NAME, Device, purpose=Purpose.BINDING)
    for purpose in (None, Purpose.SHARING):
        with pytest.raises(StoreError, match="another purpose"):
            vault.get("device", NAME, Device, purpose=purpose)
        with pytest.raises(StoreError, match="another purpose"):
            vault.names("device", purpose=purpose)
    record = store.list("device")[0]
    store.put(SealedRecord("device", record.key, None, Purpose.SHARING, record.sealed))
    with pytest.raises(StoreError, match="does not open"):
        vault.get("device", NAME, Device, purpose=Purpose.SHARING)


@pytest.mark.requirement("BN-LOG-05")
def test_a_record_of_another_model_is_refused_without_its_content(vault: Vault) -> None:
    """BN-LOG-05. Mutant: the validation error is chained; it shows the input."""
    vault.put("device", NAME, Device(address=NAME))
    with pytest.raises(StoreError) as caught:
        vault.get("device", NAME, Other)
    assert NAME not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.requirement("BN-SEC-01")
def test_the_store_sees_nothing(tmp_path: Path) -> None:
    """BN-SEC-01. Mutant: the name is the key, or a column holds the device in the clear."""
    store = SqlStore.open(tmp_path / "data")
    keys = Keys.open(store, MemoryKeys())
    keys.create_subject_key("subject-1")
    vault = Vault(store, keys)
    vault.put("device", NAME, Device(address=NAME, model=VALUE), subject_id="subject-1")
    vault.put_bytes("bond", NAME, VALUE.encode())
    vault.append_readings("subject-1", NAME, [{"value": VALUE, "epoch": 7, "sequence": 1}])
    content = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    for canary in (NAME, NAME.replace(":", ""), VALUE):
        assert canary.encode() not in content
        assert canary.lower().encode() not in content
    assert b"subject-1" in content  # the control: what is looked for would be found
    store.close()


def test_readings_come_back_in_order_each_once(vault: Vault) -> None:
    readings = [
        {"epoch": 1, "sequence": number, "quantity": "temperature", "value": f"{number}"}
        for number in range(3)
    ]
    assert vault.append_readings("subject-1", NAME, readings) == 3
    assert vault.append_readings("subject-1", NAME, readings) == 0
    pulse = {**readings[0], "quantity": "pulse"}
    elsewhere = {**readings[0]}
    assert vault.append_readings("subject-1", NAME, [pulse]) == 1
    assert vault.append_readings("subject-1", "another device", [elsewhere]) == 1
    assert list(vault.readings("subject-1", NAME)) == [*readings, pulse]
    assert list(vault.readings("subject-1")) == [*readings, pulse, elsewhere]
    assert vault.count_readings("subject-1", NAME) == 4
    assert vault.delete_readings("subject-1", NAME) == 4
    assert list(vault.readings("subject-1")) == [elsewhere]


def test_readings_without_numbers_are_all_kept(vault: Vault) -> None:
    reading = {"epoch": None, "sequence": None, "value": VALUE}
    assert vault.append_readings("subject-1", NAME, [reading, reading]) == 2
    assert list(vault.readings("subject-1")) == [reading, reading]


def test_many_readings(vault: Vault) -> None:
    """Mutant: only the first batch is read, or one is read twice."""
    readings = [{"value": str(number)} for number in range(2500)]
    vault.append_readings("subject-1", NAME, readings)
    assert list(vault.readings("subject-1")) == readings


@pytest.mark.requirement("BN-PUR-01")
def test_readings_are_for_their_purpose(vault: Vault) -> None:
    """BN-PUR-01."""
    vault.append_readings("subject-1", NAME, [{"value": VALUE}])
    with pytest.raises(StoreError, match="another purpose"):
        list(vault.readings("subject-1", purpose=Purpose.SHARING))


def test_readings_go_after_thirty_days(vault: Vault, clock: ManualClock) -> None:
    """BN-RET-01. Mutant: old ones are hidden and not erased; or erased and not hidden."""
    vault.append_readings("subject-1", NAME, [{"value": "old"}])
    vault.append_readings("subject-2", NAME, [{"value": "another child's"}])
    clock.date += timedelta(days=HISTORY_DAYS)
    assert list(vault.readings("subject-1")) == [{"value": "old"}]
    clock.date += timedelta(days=1)
    assert list(vault.readings("subject-1")) == []
    assert vault.count_readings("subject-1") == 1
    vault.append_readings("subject-1", NAME, [{"value": "new"}])
    assert vault.count_readings("subject-1") == 1
    assert list(vault.readings("subject-1")) == [{"value": "new"}]
    assert vault.count_readings("subject-2") == 1


def test_a_destroyed_key_ends_records_and_readings(vault: Vault, keys: Keys) -> None:
    """BN-DSR-07."""
    vault.put("device", NAME, Device(address=NAME), subject_id="subject-1")
    vault.append_readings("subject-1", NAME, [{"value": VALUE}])
    keys.destroy_subject_key("subject-1")
    with pytest.raises(StoreError):
        vault.get("device", NAME, Device, subject_id="subject-1")
    with pytest.raises(StoreError):
        list(vault.readings("subject-1"))
    with pytest.raises(StoreError):
        vault.append_readings("subject-1", NAME, [{"value": VALUE}])
