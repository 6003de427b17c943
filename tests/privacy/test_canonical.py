from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.privacy import canonical
from babyn_ble.privacy.canonical import NotCanonicalError

LEAVES = st.one_of(st.text(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1))
CONTENT = st.dictionaries(
    st.text(),
    st.recursive(
        LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
    ),
    max_size=5,
)


@given(CONTENT)
def test_what_is_dumped_is_parsed(content: dict[str, object]) -> None:
    """Mutant: true becomes 1; keys are sorted as Python sorts them."""
    data = canonical.dump(content)
    for parsed in (canonical.parse(data), json.loads(data)):
        assert json.dumps(parsed, sort_keys=True) == json.dumps(content, sort_keys=True)


@given(CONTENT, st.data())
def test_one_content_has_one_spelling(content: dict[str, object], data: st.DataObject) -> None:
    """Mutant: what is parsed is not compared with how it would be dumped."""
    indent = data.draw(st.sampled_from([None, 1]))
    other = json.dumps(content, indent=indent, ensure_ascii=data.draw(st.booleans())).encode()
    if other == canonical.dump(content):
        return
    with pytest.raises(NotCanonicalError):
        canonical.parse(other)


@given(st.binary(max_size=40))
def test_any_bytes_are_an_object_or_one_error(data: bytes) -> None:
    """Mutant: one kind of exception less is replaced."""
    with contextlib.suppress(NotCanonicalError):
        assert canonical.dump(canonical.parse(data)) == data


@pytest.mark.parametrize("value", [1.5, None, b"x", {1, 2}, 2**60])
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical.dump({"value": value})


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])))
def test_a_date_has_one_spelling(moment: datetime) -> None:
    """Mutant: any form of a date will do."""
    text = canonical.written(moment)
    assert canonical.read_date(text) == moment
    for other in (text[:-1], text[:-1] + "+00:00", text.replace("T", " "), 1, None):
        with pytest.raises(NotCanonicalError, match="no date"):
            canonical.read_date(other)


def test_a_date_as_it_is_written() -> None:
    """Mutant: microseconds are written only where there are some."""
    assert canonical.written(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"
