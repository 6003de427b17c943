"""Consent: what was agreed to, by whom, and the gate that nothing passes without it.

:class:`ConsentRegister` records decisions, :class:`Gate` answers from them with permits,
:class:`Vault` keeps what is personal sealed. Importing this touches no radio and no file.
"""

from __future__ import annotations

from babyn_ble.privacy.answers import Answer
from babyn_ble.privacy.checkpoints import CheckpointPlace, FilePlace, MemoryPlace
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.events import ConsentEvent, ConsentStatus, IndicationMethod, RequestOrigin
from babyn_ble.privacy.explanation import Explanation, explain
from babyn_ble.privacy.gate import Gate
from babyn_ble.privacy.key_providers import FileKeys, KeyProvider, MemoryKeys
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.lookup import ConsentState
from babyn_ble.privacy.notices import Notice, statement, statement_sha256
from babyn_ble.privacy.permits import Permit, cancel_and_join
from babyn_ble.privacy.policy import POLICY, MaterialChange, PolicyText, PolicyVersion
from babyn_ble.privacy.policy_archive import PolicyArchive
from babyn_ble.privacy.purposes import (
    BACKGROUND_COLLECTION,
    BLUETOOTH,
    DEVICE_CONTROL,
    DIAGNOSTICS,
    ENVIRONMENT,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
    OWN_SCOPES,
    Category,
    ConsentScope,
    Operation,
    Permission,
    Purpose,
    RadioKind,
)
from babyn_ble.privacy.recipients import Recipient, RecipientDirectory, RecipientType
from babyn_ble.privacy.redaction import Redactor, redact_logging
from babyn_ble.privacy.requests import (
    ConsentAnswers,
    ConsentRequest,
    answer_question,
    answers_to,
)
from babyn_ble.privacy.signing import GuardianKey, load_public_key
from babyn_ble.privacy.subjects import (
    AttestationMethod,
    GuardianAttestation,
    Party,
    PartyRole,
    PartyType,
    Subject,
    SubjectKind,
)
from babyn_ble.privacy.vault import Vault

__all__ = [
    "BACKGROUND_COLLECTION",
    "BLUETOOTH",
    "DEVICE_CONTROL",
    "DIAGNOSTICS",
    "ENVIRONMENT",
    "HEALTH_MONITORING",
    "HISTORY_STORAGE",
    "LOCATION",
    "OWN_SCOPES",
    "POLICY",
    "Answer",
    "AttestationMethod",
    "Category",
    "CheckpointPlace",
    "ConsentAnswers",
    "ConsentEvent",
    "ConsentRegister",
    "ConsentRequest",
    "ConsentScope",
    "ConsentState",
    "ConsentStatus",
    "Explanation",
    "FileKeys",
    "FilePlace",
    "Gate",
    "GuardianAttestation",
    "GuardianKey",
    "IndicationMethod",
    "KeyProvider",
    "Keys",
    "MaterialChange",
    "MemoryKeys",
    "MemoryPlace",
    "Notice",
    "Operation",
    "Party",
    "PartyRole",
    "PartyType",
    "Permission",
    "Permit",
    "PolicyArchive",
    "PolicyText",
    "PolicyVersion",
    "Purpose",
    "RadioKind",
    "Recipient",
    "RecipientDirectory",
    "RecipientType",
    "Redactor",
    "RequestOrigin",
    "Subject",
    "SubjectKind",
    "Vault",
    "answer_question",
    "answers_to",
    "cancel_and_join",
    "explain",
    "load_public_key",
    "redact_logging",
    "statement",
    "statement_sha256",
]
