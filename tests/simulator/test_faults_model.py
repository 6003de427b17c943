"""Faults as data: made by name or by class, the same in TOML, and wrong ones refused in a line."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_simulator import faults, scenario
from babyn_simulator.errors import BabynError, FaultError
from babyn_simulator.faults import KINDS, Drop, Fault, LinkLost, fault
from babyn_simulator.faults.packet import OPCODES, REQUESTS
from tests.simulator.faults_bench import PATCH, Ward, in_ward, pass_time

REQUIRED: dict[str, dict[str, float]] = {
    "clock_jump": {"seconds": 1.0},
    "delay": {"seconds": 1.0},
    "radio_silence": {"lasts": 1.0},
    "reorder": {"seconds": 1.0},
    "slow_answer": {"seconds": 1.0},
}
"""What a kind cannot do without."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_by_name_by_class_and_from_toml(kind: str) -> None:
    """Mutant: a kind that is in one of the three only."""
    needed = REQUIRED.get(kind, {})
    by_name = fault(kind, device="patch", **needed)
    assert by_name == KINDS[kind](device="patch", **needed)  # type: ignore[arg-type]  # by kind
    keys = "".join(f"{key} = {value}\n" for key, value in needed.items())
    text = f'{PATCH}[[fault]]\nkind = "{kind}"\ndevice = "patch"\n{keys}'
    assert scenario.parse(text).faults == (by_name,)
    assert type(by_name).__name__ in faults.__all__
    with pytest.raises(pydantic.ValidationError):
        by_name.device = "sock"


def test_a_wrong_one_is_refused_in_one_line() -> None:
    """Mutant: pydantic's own error comes through, or the value is in the text."""
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"kind": "x"}, "x.kind: allowed: link_lost, radio_silence"),
        ({"kind": "drop", "after": -7}, "drop.after: must be greater than or equal to 0"),
        ({"kind": "drop", "aftr": 1}, "drop.aftr: this key is not known here; allowed: device"),
        ({"kind": "delay"}, "delay.seconds: this key is missing"),
    )
    for settings, expected in wrong:
        with pytest.raises(FaultError) as caught:
            fault(**settings)
        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "-7" not in str(caught.value)
        assert isinstance(caught.value, BabynError | ValueError)
        assert caught.value.__cause__ is caught.value.__context__ is None


@in_ward()
async def test_a_device_that_is_not_there(ward: Ward) -> None:
    """Mutant: a fault that can never strike is taken."""
    with pytest.raises(FaultError, match=r"link_lost\.device: allowed: patch"):
        ward.nursery.inject(LinkLost(device="sock"))
    assert ward.nursery.inject(LinkLost(device="patch")).active  # the control


@in_ward()
async def test_a_fault_that_missed_its_moment_is_over(ward: Ward) -> None:
    """Mutant: it counts, or stays active for ever. The control is struck."""
    missed = ward.nursery.inject(LinkLost(device="patch", since="start", after=5))
    struck = ward.nursery.inject(LinkLost(device="patch", since="start", after=15, silence=1))
    dropped = ward.nursery.inject(Drop(device="patch", lasts=5, opcode="write_command"))
    assert missed.active
    assert dropped.active
    await pass_time(10)
    assert (missed.strikes, missed.active, missed.last_strike) == (0, False, None)
    assert (dropped.strikes, dropped.active) == (0, False)
    async with ward.connected() as _client:
        await struck.struck()
        assert struck.last_strike == ward.now == 15
    await struck.struck()  # at once


@given(st.sampled_from(sorted(KINDS)), st.dictionaries(st.text(max_size=8), st.integers()))
def test_any_settings_end_in_a_fault_or_in_our_error(kind: str, settings: dict[str, int]) -> None:
    try:
        made: Fault | None = fault(kind, **{**settings, **REQUIRED.get(kind, {})})
    except FaultError:
        made = None
    assert made is None or made.kind_name() == kind


def test_requests_are_those_that_have_a_response() -> None:
    """Mutant: a command, or a confirmation, among them."""
    requests = {name for name, code in OPCODES.items() if code in REQUESTS}
    responses = {name for name in OPCODES if name.endswith("_response")} - {"error_response"}
    assert {name.replace("_request", "_response") for name in requests} == responses
    assert len(requests) == 10
