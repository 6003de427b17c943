"""The two files: read whole or refused, with nothing of their content in the error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import AnswerRefusal, AnswerRefusedError
from babyn_ble.privacy.requests import MAX_BYTES, ConsentAnswers, ConsentRequest
from tests.privacy.household import Household
from tests.privacy.test_remote_answers import KEY, answered, ask


def files() -> tuple[bytes, bytes]:
    home = Household()
    home.register.pin_guardian_key(home.id, KEY.public)
    request = ask(home)
    return request.to_bytes(), answered(home, request).to_bytes()


REQUEST, ANSWERS = files()


def reason(parse: Callable[[bytes], object], data: bytes) -> AnswerRefusal:
    with pytest.raises(AnswerRefusedError) as refused:
        parse(data)
    assert "Canary" not in str(refused.value)
    assert refused.value.__cause__ is None
    return refused.value.reason


def test_a_file_is_read_as_it_was_written() -> None:
    assert ConsentRequest.parse(REQUEST).to_bytes() == REQUEST
    assert ConsentAnswers.parse(ANSWERS).to_bytes() == ANSWERS


@given(st.data())
def test_a_file_that_was_cut_off(data: st.DataObject) -> None:
    """Mutant: what can be read of it is taken."""
    for parse, whole in ((ConsentRequest.parse, REQUEST), (ConsentAnswers.parse, ANSWERS)):
        length = data.draw(st.integers(0, len(whole.rstrip()) - 1))
        assert reason(parse, whole[:length]) is AnswerRefusal.UNREADABLE


@given(st.binary(max_size=200))
def test_any_bytes_end_in_the_same_error(data: bytes) -> None:
    assert reason(ConsentRequest.parse, data) is AnswerRefusal.UNREADABLE
    assert reason(ConsentAnswers.parse, data) is AnswerRefusal.UNREADABLE


def test_one_kind_is_not_the_other_and_nothing_is_too_large() -> None:
    assert reason(ConsentRequest.parse, ANSWERS) is AnswerRefusal.UNREADABLE
    assert reason(ConsentAnswers.parse, REQUEST) is AnswerRefusal.UNREADABLE
    padded = REQUEST + b" " * MAX_BYTES
    assert reason(ConsentRequest.parse, padded) is AnswerRefusal.UNREADABLE


@pytest.mark.parametrize("more", ["unknown", "schema_version"])
def test_a_file_of_another_version(more: str) -> None:
    """Mutant: fields that are not known are passed over, and with them what they may say."""
    content: dict[str, Any] = json.loads(REQUEST)
    content[more] = "babyn-consent-request/2"
    assert reason(ConsentRequest.parse, json.dumps(content).encode()) is AnswerRefusal.UNREADABLE


def test_a_notice_that_is_not_the_one_named() -> None:
    """Mutant: the guardian reads one text and signs for another."""
    content: dict[str, Any] = json.loads(REQUEST)
    content["questions"][1]["notice"] += "It costs nothing."
    changed = json.dumps(content).encode()
    assert reason(ConsentRequest.parse, changed) is AnswerRefusal.NOTICE_CHANGED
