"""The file of withdrawals beside the ledger: only ever appended to, whole lines count."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from babyn_ble.errors import StoreError
from babyn_ble.privacy.sidecar import FILE_NAME, FileSidecar, SetAside, SetAsides
from tests.privacy.household import START

SUBJECT, OTHER = "subject-0000000000000001", "subject-0000000000000002"


def asides(directory: Path) -> SetAsides:
    return SetAsides(FileSidecar(directory))


def test_what_was_set_aside_is_found_again(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    first = asides(tmp_path)
    assert first.read() == []
    first.add(SUBJECT, "location", START)
    first.add(None, None, START)
    assert first.changed
    expected = [SetAside(SUBJECT, "location", START), SetAside(None, None, START)]
    assert asides(tmp_path).read() == first.read() == expected
    assert first.seen == (tmp_path / FILE_NAME).stat().st_size
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_line_that_was_torn_off_is_none_and_spoils_no_other(tmp_path: Path) -> None:
    """Mutant: the next line is appended to the torn one, and both are lost."""
    tmp_path.chmod(0o700)
    first = asides(tmp_path)
    first.add(SUBJECT, "location", START)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert asides(tmp_path).read() == []
    first.add(SUBJECT, "bluetooth", START)
    found = asides(tmp_path).read()
    assert found[-1] == SetAside(SUBJECT, "bluetooth", START)
    assert found[0].covers(SUBJECT, "location")  # the torn one, now whole, counts as everything


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"{", b"3", b"[]", b'{"at":"x"}', b"\xff", b'{"merged":"x"}'),
        b'{"at":"2026-01-01T00:00:00","scope":null,"subject":null}',
        b'{"at":"2026-01-01T00:00:00+00:00","scope":3,"subject":null}',
    ],
)
def test_what_cannot_be_read_withdraws_everything_once(line: bytes, tmp_path: Path) -> None:
    """Mutant: a line that cannot be read is passed over."""
    tmp_path.chmod(0o700)
    FileSidecar(tmp_path).append(line)
    kept = asides(tmp_path)
    [found] = kept.read()
    assert found.covers(SUBJECT, "location")
    assert found.ends(START)
    kept.mark_merged(1)
    [found] = kept.read()
    assert not found.ends(START)  # what is given after that holds


def test_a_withdrawal_is_about_its_consent(tmp_path: Path) -> None:
    """Mutant: a withdrawal for one subject, or of one consent, is one of all."""
    one = SetAside(SUBJECT, "sharing:0123", START)
    assert one.covers(SUBJECT, "sharing:0123")
    assert not one.covers(SUBJECT, "sharing:4567")
    assert not one.covers(SUBJECT, "location")
    assert not one.covers(OTHER, "sharing:0123")
    every = SetAside(None, "sharing", START)
    assert every.covers(OTHER, "sharing:4567")
    assert not every.covers(OTHER, "location")


def test_taken_in_it_ends_what_was_given_before_it_only() -> None:
    """Mutant: the clock decides also before that; set back, it undoes a withdrawal."""
    later = START + timedelta(seconds=1)
    assert SetAside(SUBJECT, "location", START).ends(later)
    merged = SetAside(SUBJECT, "location", START, merged=True)
    assert merged.ends(START)
    assert not merged.ends(later)


def test_what_comes_while_others_are_taken_in_is_not_marked(tmp_path: Path) -> None:
    """Mutant: the mark covers whatever stands in the file when it is written."""
    tmp_path.chmod(0o700)
    kept = asides(tmp_path)
    kept.add(SUBJECT, "location", START)
    count = len(kept.read())
    kept.add(SUBJECT, "bluetooth", START)
    kept.mark_merged(count)
    assert [aside.merged for aside in kept.read()] == [True, False]


def test_a_file_that_others_can_write_is_not_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    kept = asides(tmp_path)
    kept.add(SUBJECT, "location", START)
    (tmp_path / FILE_NAME).chmod(0o666)
    with pytest.raises(StoreError, match="other users"):
        kept.read()
    with pytest.raises(StoreError, match="other users"):
        kept.add(SUBJECT, "location", START)
