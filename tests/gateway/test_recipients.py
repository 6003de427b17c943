"""Recipients: an entry is complete or does not load, and consent covers the whole of it."""

from __future__ import annotations

import json

import pytest

from babyn_ble.errors import ConsentRenewalRequiredError, ConsentRequiredError, RecipientError
from babyn_ble.gateway import MINIMUM_FIELDS, MqttRecipient, complete
from babyn_ble.gateway.mqtt import payload
from babyn_ble.gateway.pseudonyms import Pseudonyms
from babyn_ble.privacy.permits import Permit
from babyn_ble.privacy.purposes import Category, ConsentScope, Operation, Purpose
from babyn_ble.privacy.recipients import Recipient, RecipientType
from babyn_ble.readings import READING_FIELDS
from tests.gateway.household import CANARIES, DEVICE, Household, reading

ENTRY: dict[str, object] = {
    "id": "clinic",
    "name": "Canary Clinic",
    "recipient_type": "processor",
    "endpoint": "mqtts://canary.example",
    "purpose": "Watch over the night (fever)",
    "fields": ["quantity", "value", "unit"],
    "country": "NL",
    "contact": "privacy@canary.example",
    "policy_url": "https://canary.example/privacy",
    "agreement_ref": "agreement 12",
    "retention": "P30D",
    "delete_channel": "erase@canary.example",
}


def entry(**changes: object) -> dict[str, object]:
    return {**ENTRY, **changes}


@pytest.fixture
async def home() -> Household:
    return Household()


def test_a_complete_entry_loads() -> None:
    recipient = complete(ENTRY)

    assert recipient.sensitive
    assert recipient.target.tls
    assert recipient.topic_purpose == "watch-over-the-night-fever"
    assert recipient.fields == ("quantity", "value", "unit")


@pytest.mark.parametrize("field", sorted(ENTRY))
@pytest.mark.requirement("BN-SHR-02")
def test_an_entry_with_a_field_missing_does_not_load(field: str) -> None:
    """Mutant: a field gets a default, and an incomplete entry loads."""
    incomplete = entry()
    del incomplete[field]

    with pytest.raises(RecipientError, match="not complete and valid") as caught:
        complete(incomplete)
    named = "agreement_ref" if field == "agreement_ref" else field
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, "") for field in sorted(ENTRY) if field not in ("fields", "recipient_type")),
        ("fields", []),
        ("fields", ["quantity", "canary"]),
        ("fields", ["value", "unit"]),
        ("fields", ["quantity", "quantity"]),
        ("recipient_type", "advertiser"),
        ("id", "Canary Clinic"),
        ("endpoint", "mqtt://canary.example"),
        ("endpoint", "mqtts://user:canary@canary.example"),
        ("purpose", "#/+"),
        ("country", "XX"),
        ("country", "UK"),
        ("country", "nl"),
        ("country", "local"),
        ("policy_url", "none"),
        ("policy_url", "http://canary.example"),
        ("retention", "a canary month"),
        ("retention", "P"),
        ("retention", "P1DT"),
        ("unknown", "canary"),
    ],
)
def test_an_entry_with_a_wrong_field_does_not_load(field: str, value: object) -> None:
    with pytest.raises(RecipientError) as caught:
        complete(entry(**{field: value}))
    assert "canary" not in str(caught.value).lower()
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("retention", ["P0D", "P30D", "P1Y", "P1Y2M3W4DT5H6M7S", "PT12H"])
def test_retention_is_an_iso_duration(retention: str) -> None:
    assert complete(entry(retention=retention)).retention == retention


def test_every_change_changes_the_fingerprint() -> None:
    """Mutant: a field is left out of it, and a change there goes unnoticed."""
    changes: dict[str, object] = {
        "id": "other",
        "name": "Other",
        "recipient_type": "partner",
        "endpoint": "mqtts://other.example",
        "purpose": "Other",
        "fields": ["quantity", "value"],
        "country": "DE",
        "contact": "other@canary.example",
        "policy_url": "https://other.example",
        "agreement_ref": "agreement 13",
        "retention": "P31D",
        "delete_channel": "other@canary.example",
    }
    assert changes.keys() == ENTRY.keys()
    prints = [complete(entry(**{name: changes[name]})).fingerprint() for name in changes]

    assert len({*prints, complete(ENTRY).fingerprint()}) == len(ENTRY) + 1
    same = complete(entry(fields=["unit", "value", "quantity"], endpoint="MQTTS://Canary.Example/"))
    assert same.fingerprint() == complete(ENTRY).fingerprint()
    assert len(same.fingerprint()) == 64


def test_the_quick_start_gets_the_minimum_and_no_device_id() -> None:
    recipient = MqttRecipient.own_broker("mqtt://localhost", contact="guardian@example.org")

    assert recipient.fields == MINIMUM_FIELDS
    assert "device" not in recipient.fields
    assert (recipient.recipient_type, recipient.country) == (RecipientType.OWN, "local")


def test_an_own_broker_elsewhere_is_no_quick_start() -> None:
    with pytest.raises(RecipientError, match="leave this machine"):
        MqttRecipient.own_broker("mqtts://broker.example", contact="guardian@example.org")


@pytest.mark.parametrize("fields", [("quantity",), MINIMUM_FIELDS, READING_FIELDS])
@pytest.mark.requirement("BN-SHR-03")
def test_a_payload_has_the_listed_fields_and_no_others(fields: tuple[str, ...]) -> None:
    """Mutant: a deny-list, or the whole reading."""
    recipient = complete(entry(fields=fields))
    full = type(reading())(quantity=reading().quantity, **CANARIES)  # type: ignore[arg-type]  # every field, by name

    names = Pseudonyms(bytes(32), "subject", full.device)
    sent: dict[str, object] = json.loads(payload(recipient, full, names))

    assert tuple(sent) == tuple(name for name in READING_FIELDS if name in fields)
    assert sent == {name: names.named(full)[name] for name in fields}


async def test_the_directory_keeps_entries_sealed(home: Household) -> None:
    home.recipients.add(complete(ENTRY))

    assert home.recipients.get("clinic") == complete(ENTRY)
    assert home.another_process().recipients.list() == (complete(ENTRY),)
    stored = b"".join(record.sealed for record in home.store.list("recipient"))
    assert stored
    assert b"canary" not in stored.lower()


async def test_an_entry_is_found_by_id_or_url(home: Household) -> None:
    local = home.add_recipient("mqtt://127.0.0.1:1883")

    for wanted in ("home", "mqtt://127.0.0.1", "mqtt://localhost", "MQTT://127.0.0.1:1883/"):
        assert home.recipients.find(wanted) == local
    for wanted in ("other", "mqtt://127.0.0.1:1884", "mqtts://127.0.0.1", "mqtt://192.0.2.1"):
        with pytest.raises(RecipientError):
            home.recipients.find(wanted)


async def test_a_url_of_two_entries_is_not_guessed_at(home: Household) -> None:
    home.add_recipient("mqtt://127.0.0.1")
    second = home.add_recipient("mqtt://127.0.0.1", id="second", purpose="research")

    with pytest.raises(RecipientError, match="More than one"):
        home.recipients.find("mqtt://127.0.0.1")
    assert home.recipients.find("second") == second


async def test_an_entry_that_is_not_for_mqtt_does_not_load(home: Household) -> None:
    """Mutant: what lies in the directory is taken as it is, plaintext endpoint and all."""
    unsafe = Recipient.model_validate(entry(id="unsafe", endpoint="mqtt://canary.example"))
    home.register.recipients.put(unsafe)
    local = home.add_recipient("mqtt://127.0.0.1")

    assert home.recipients.list() == (local,)
    with pytest.raises(RecipientError, match="unsafe does not load") as caught:
        home.recipients.get("unsafe")
    assert "canary" not in str(caught.value)


async def test_a_removed_recipient_is_gone_with_its_names(home: Household) -> None:
    home.add_recipient("mqtt://127.0.0.1")
    subject = home.subject.subject_id
    before = home.recipients.pseudonym("home", subject=subject, device=DEVICE)

    assert home.recipients.remove("home")
    assert not home.recipients.remove("home")
    assert home.recipients.list() == ()
    assert home.recipients.pseudonym("home", subject=subject, device=DEVICE) != before


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "mqtt://127.0.0.1:1884"},
        {"purpose": "research"},
        {"fields": (*MINIMUM_FIELDS, "device")},
        {"retention": "P30D"},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.requirement("BN-SHR-04")
async def test_a_changed_entry_needs_a_new_consent(
    home: Household, change: dict[str, object]
) -> None:
    """Mutant: consent is for the id alone, and the entry behind it may change."""
    home.add_recipient("mqtt://127.0.0.1")
    home.agree_to_share()
    permit = ask(home)
    permit.check()
    home.add_recipient("mqtt://127.0.0.1")  # the same again: nothing changed
    permit.check()

    home.add_recipient(**{"endpoint": "mqtt://127.0.0.1", **change})

    with pytest.raises(ConsentRequiredError):
        permit.check()
    with pytest.raises(ConsentRenewalRequiredError):
        ask(home)
    home.agree(ConsentScope.sharing("home"))
    ask(home).release()


@pytest.mark.requirement("BN-SHR-01")
async def test_consent_for_one_recipient_is_for_no_other(home: Household) -> None:
    home.add_recipient("mqtt://127.0.0.1")
    home.add_recipient("mqtt://127.0.0.1:1884", id="second")
    home.agree_to_share("home")

    ask(home, "home").release()
    with pytest.raises(ConsentRequiredError) as caught:
        ask(home, "second")
    assert caught.value.missing == ("sharing:second",)


def ask(home: Household, recipient: str = "home") -> Permit:
    return home.gate.permit(
        home.subject.subject_id,
        Purpose.SHARING,
        Category.HEALTH,
        Operation.TRANSMIT,
        recipient=recipient,
    )
