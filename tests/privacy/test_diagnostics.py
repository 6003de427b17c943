"""The diagnostics bundle holds what is on its list, whatever the store holds."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import StoreError
from babyn_ble.privacy import Party, PartyRole, RadioKind
from babyn_ble.privacy.diagnostics import Bundle, bundle, write
from babyn_ble.privacy.doctor import Finding, Verdict
from babyn_ble.privacy.incidents import Incident, IncidentKind
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from tests.privacy.household import ATTESTATION, RECIPIENT, Household

pytestmark = pytest.mark.requirement("BN-LOG-03")

FINDINGS = [
    Finding("ledger", Verdict.BAD, "The ledger of Canary Child is damaged"),
    Finding("of nobody's", Verdict.FINE, "C4:7C:8D:6A:42:17"),
]

GOLDEN = """\
{
  "python": "1.2.3",
  "system": "other",
  "libraries": {},
  "radio": "os",
  "checks": {
    "ledger": "bad"
  },
  "subjects": {
    "child": 1
  },
  "consents": {
    "ConsentUnknown": %d,
    "ConsentGiven": 2
  },
  "ledger_entries": 6,
  "stored_readings": 0,
  "programs": 0,
  "incidents": 0
}
"""


def of_here(made: Bundle) -> Bundle:
    """Leave out what differs from computer to computer."""
    return made.model_copy(update={"python": "1.2.3", "system": "other", "libraries": {}})


def test_the_bundle_as_it_is_written() -> None:
    """BN-LOG-03. Mutant: a field more, or the words of a finding."""
    home = Household()
    home.agree(LOCATION, BLUETOOTH)
    unknown = len(home.register.statuses(home.id)) - 2
    made = bundle(FINDINGS, RadioKind.OS, home.register)
    text = of_here(made).model_dump(mode="json", warnings=False)
    assert json.dumps(text, indent=2) + "\n" == GOLDEN % unknown
    assert set(made.libraries) >= {"babyn-ble", "bleak"}


MARKER = st.text(st.sampled_from("QXZ宝宝七"), min_size=5, max_size=12)


@given(words=st.lists(MARKER, min_size=9, max_size=9))
def test_nothing_of_anybody_gets_into_it(words: list[str]) -> None:
    """BN-LOG-03. Mutant: any text from the store, or of an error, becomes a field."""
    name, contact, guardian, child, recipient, endpoint, note, device, word = words
    home = Household()
    home.subject = home.register.setup(
        controller=Party(party_name=name, party_contact=contact, party_role=PartyRole.CONTROLLER),
        consenting_party=Party(
            party_name=guardian, party_contact=contact, party_role=PartyRole.PARENT
        ),
        attestation=ATTESTATION,
        name=child,
    )
    home.register.recipients.put(
        RECIPIENT.model_copy(update={"name": recipient, "contact": endpoint})
    )
    home.register.record_incident(
        Incident(
            kind=IncidentKind.OTHER,
            since=home.clock.now().date(),
            subjects=(home.id,),
            recipients=(),
        ),
        note,
    )
    home.register.vault.append_readings(home.id, device, [{"value": word}])
    findings = [Finding(word, Verdict.FINE, word), Finding("ledger", Verdict.BAD, note)]
    text = bundle(findings, RadioKind.OS, home.register).text()
    shown = text + json.dumps(json.loads(text), ensure_ascii=False)
    assert not [marker for marker in words if marker in shown]
    assert home.id not in shown
    assert json.loads(text)["stored_readings"] == 1


def test_a_version_is_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """BN-LOG-03. Mutant: a version passes as it is; it may name a branch, or a person."""
    from babyn_ble.privacy import diagnostics

    def named(_: str) -> str:
        return "1.0+branch.of.canary"

    monkeypatch.setattr(diagnostics, "version", named)
    made = bundle([], RadioKind.SIM, None)
    assert set(made.libraries.values()) == {"other"}
    with pytest.raises(ValueError, match="python"):
        Bundle.model_validate({**made.model_dump(), "python": "canary"})
    with pytest.raises(ValueError, match="more"):
        Bundle.model_validate({**made.model_dump(), "more": 1})


def test_it_is_a_new_file_of_its_owner(tmp_path: Path) -> None:
    """BN-LOG-03. Mutant: a file that is there is replaced, or others can read it."""
    made, file = bundle([], RadioKind.SIM, None), tmp_path / "told.json"
    write(made, file)
    assert file.read_text(encoding="utf-8") == made.text()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match="already"):
        write(made, file)
    with pytest.raises(StoreError, match="cannot be written"):
        write(made, tmp_path / "none" / "told.json")
