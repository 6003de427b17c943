"""MQTT recipients: the directory's entries, complete enough to be sent to by MQTT.

An entry says where readings go, to whom, what for and which fields of them, and what becomes
of them there. One that leaves something out, or contradicts itself, does not load. Consent for
a recipient covers its whole entry: a changed entry is asked about anew.
"""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import re
import secrets

import rfc8785
from pydantic import ValidationError, field_validator, model_validator

from babyn_ble.errors import RecipientError
from babyn_ble.gateway.countries import COUNTRIES, LOCAL
from babyn_ble.gateway.mqtt_target import MqttTarget
from babyn_ble.gateway.pseudonyms import Pseudonyms
from babyn_ble.privacy.recipients import Recipient, RecipientDirectory, RecipientType
from babyn_ble.privacy.vault import Vault
from babyn_ble.readings import READING_FIELDS

MINIMUM_FIELDS = ("quantity", "value", "unit", "quality", "measured_at")
"""What a recipient gets unless more is listed: enough to show a value. No device id."""

HEALTH_FIELDS = frozenset({"quantity", "value", "quality", "reasons", "site"})
"""Fields that tell something about the child's body."""

_STREAM_KEY = "recipient-key"
_DURATION = re.compile(
    r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?"
)
_NO_WORD = re.compile(r"[\W_]+")


class MqttRecipient(Recipient):
    """A recipient that takes readings over MQTT.

    On top of what every recipient says, the endpoint is an MQTT URL that readings may be sent
    to (kept in its canonical form); the fields are fields of a reading, ``quantity`` among
    them, because the topic names it; the country exists, and is ``local`` only for a broker on
    this machine; the privacy policy is a web page unless the system is the controller's own;
    and the retention is an ISO 8601 duration (``P0D``: passed on and not kept).
    """

    @field_validator("endpoint")
    @classmethod
    def _canonical(cls, endpoint: str) -> str:
        try:
            return MqttTarget.parse(endpoint).url
        except RecipientError as error:
            raise ValueError(str(error)) from None

    @field_validator("purpose")
    @classmethod
    def _purpose_has_words(cls, purpose: str) -> str:
        if not _slug(purpose):
            raise ValueError("the purpose has no word in it")
        return purpose

    @field_validator("fields")
    @classmethod
    def _of_a_reading(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        if not set(fields) <= set(READING_FIELDS):
            raise ValueError(f"a field is none of a reading's: {', '.join(READING_FIELDS)}")
        if "quantity" not in fields:
            raise ValueError("the topic names the quantity, so it must be listed as a field")
        if len(set(fields)) != len(fields):
            raise ValueError("a field is listed twice")
        return tuple(name for name in READING_FIELDS if name in fields)

    @field_validator("country")
    @classmethod
    def _exists(cls, country: str) -> str:
        if country != LOCAL and country not in COUNTRIES:
            raise ValueError("no country has that ISO 3166 code")
        return country

    @field_validator("retention")
    @classmethod
    def _is_a_duration(cls, retention: str) -> str:
        if not _DURATION.fullmatch(retention):
            raise ValueError("the retention is no ISO 8601 duration (P0D, P30D, P1Y)")
        return retention

    @model_validator(mode="after")
    def _consistent(self) -> MqttRecipient:
        if self.country == LOCAL and not self.target.is_loopback:
            raise ValueError("the data leave this machine: name the country they go to")
        own = self.recipient_type is RecipientType.OWN
        if not self.policy_url.startswith("https://") and not (own and self.policy_url == "none"):
            raise ValueError("the privacy policy is a web page: https://...")
        return self

    @classmethod
    def own_broker(
        cls,
        endpoint: str,
        *,
        contact: str,
        id: str = "home",  # noqa: A002 - the field's word
        fields: tuple[str, ...] = MINIMUM_FIELDS,
    ) -> MqttRecipient:
        """Return the entry of a broker of one's own, on this machine, that keeps nothing.

        Args:
            endpoint: ``mqtt://127.0.0.1`` or another place on this machine.
            contact: how to reach whoever runs it: the controller's own contact.
            id: its short name.
            fields: what it gets.

        Raises:
            RecipientError: the broker is not on this machine, or the entry is not valid.
        """
        return complete(
            {
                "id": id,
                "name": "your own broker on this computer",
                "recipient_type": RecipientType.OWN,
                "endpoint": endpoint,
                "purpose": "own use at home",
                "fields": fields,
                "country": LOCAL,
                "contact": contact,
                "policy_url": "none",
                "retention": "P0D",
                "delete_channel": "on this computer, by yourself",
            }
        )

    @property
    def target(self) -> MqttTarget:
        """Where its broker is."""
        return MqttTarget.parse(self.endpoint)

    @property
    def sensitive(self) -> bool:
        """Whether it gets health data."""
        return not HEALTH_FIELDS.isdisjoint(self.fields)

    @property
    def topic_purpose(self) -> str:
        """Its purpose as one level of a topic."""
        return _slug(self.purpose)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the entry in canonical form, as hexadecimal digits.

        RFC 8785 - JSON Canonicalization Scheme (JCS) - §3.2

        It changes with the entry. A sharing notice speaks of the whole entry in the same way,
        so a changed one needs a new consent.
        """
        entry = {**self.model_dump(mode="json"), "sensitive": self.sensitive}
        return hashlib.sha256(rfc8785.dumps(entry)).hexdigest()


class MqttRecipients:
    """The MQTT recipients of a store, and what each of them calls a device.

    Args:
        directory: where the entries are (``companion.consent.recipients``).
        vault: where the keys of the pseudonyms are sealed (``companion.vault``).
    """

    def __init__(self, directory: RecipientDirectory, vault: Vault) -> None:
        self._directory = directory
        self._vault = vault

    @property
    def vault(self) -> Vault:
        """Where keys, and what each recipient got, are sealed."""
        return self._vault

    def add(self, recipient: MqttRecipient) -> None:
        """Add an entry, or change the one of that id; a changed one needs a new consent."""
        self._directory.put(Recipient.model_validate(recipient.model_dump()))

    def get(self, id: str) -> MqttRecipient:  # noqa: A002 - the field's word
        """Return an entry.

        Raises:
            RecipientError: there is none of that id, or it is not complete for MQTT.
        """
        return _loaded(self._directory.get(id))

    def list(self) -> tuple[MqttRecipient, ...]:
        """Return every entry that loads, in the order of their ids; :meth:`get` tells why not."""
        loaded: builtins.list[MqttRecipient] = []
        for entry in self._directory.list():
            with contextlib.suppress(RecipientError):
                loaded.append(_loaded(entry))
        return tuple(loaded)

    def by_endpoint(self, url: str) -> MqttRecipient:
        """Return the entry whose endpoint is ``url``, however that is written.

        Raises:
            RecipientError: there is none or more than one, or ``url`` is no place that may be
                sent to.
        """
        endpoint = MqttTarget.parse(url).url
        found = [recipient for recipient in self.list() if recipient.endpoint == endpoint]
        if len(found) == 1:
            return found[0]
        raise RecipientError(
            "No recipient with that endpoint is known, so nothing is sent; add it first "
            "('babyn recipients add')"
            if not found
            else "More than one recipient has that endpoint; give the id of the one you mean"
        )

    def find(self, wanted: str) -> MqttRecipient:
        """Return the entry of an id or of a URL.

        Raises:
            RecipientError: there is none.
        """
        return self.by_endpoint(wanted) if ":" in wanted else self.get(wanted)

    def remove(self, id: str) -> bool:  # noqa: A002 - the field's word
        """Remove an entry, and with it the names it knew devices by; return whether it was."""
        for subject in self._vault.owners(_STREAM_KEY):
            self._vault.delete(_STREAM_KEY, id, subject_id=subject)
        return self._directory.remove(id)

    def pseudonym(self, id: str, *, subject: str, device: str) -> str:  # noqa: A002
        """Return what a recipient knows a device by: 20 hexadecimal digits, its own."""
        return self.pseudonyms(id, subject=subject, device=device).device

    def pseudonyms(self, id: str, *, subject: str, device: str) -> Pseudonyms:  # noqa: A002
        """Return the names that a recipient knows a device by.

        Their key is random, sealed here with the subject's own, and gone with the entry, or
        with the subject.

        Args:
            id: of the recipient.
            subject: id of the subject whose device it is.
            device: short id of the bound device.

        Raises:
            StoreError: there is no such subject (any more), or the key cannot be kept.
        """
        key = self._vault.get_bytes(_STREAM_KEY, id, subject_id=subject)
        if key is None:
            key = secrets.token_bytes(32)
            self._vault.put_bytes(_STREAM_KEY, id, key, subject_id=subject)
        return Pseudonyms(key, subject, device)


def complete(entry: dict[str, object]) -> MqttRecipient:
    """Return the recipient that ``entry`` describes, if it describes one completely.

    Args:
        entry: the fields of a :class:`MqttRecipient`, as they were typed or read.

    Raises:
        RecipientError: something is missing, unknown or not valid; the text names the fields
            and says what is wrong with each, without their values.
    """
    try:
        return MqttRecipient.model_validate(entry)
    except ValidationError as error:
        raise RecipientError(_what_is_wrong(error)) from None


def _loaded(entry: Recipient) -> MqttRecipient:
    try:
        return MqttRecipient.model_validate(entry.model_dump())
    except ValidationError as error:
        raise RecipientError(
            f"The entry of {entry.id} does not load. {_what_is_wrong(error)}"
        ) from None


def _what_is_wrong(error: ValidationError) -> str:
    problems = "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'entry'}: {problem['msg']}"
        for problem in error.errors(include_input=False, include_url=False, include_context=False)
    )
    return f"The recipient's entry is not complete and valid, so it is not used ({problems})"


def _slug(text: str) -> str:
    return _NO_WORD.sub("-", text.lower()).strip("-")
