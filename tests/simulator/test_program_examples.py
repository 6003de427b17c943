"""Programs of bleak's own authors, unedited, under ``babyn-sim run``.

bleak's source distribution has no examples. What every installed bleak has is its README, in
the metadata of the distribution: both programs in there run as they stand. The program beside
them, ``examples/any_bleak_program.py``, is written in the style of bleak's examples.
"""

from __future__ import annotations

import importlib.metadata
import re
from email.message import Message
from pathlib import Path
from textwrap import dedent
from typing import cast

from tests.simulator.program_bench import OPEN, lines, program, scenario, simulate

EXAMPLE = Path(__file__).parents[2] / "examples" / "any_bleak_program.py"

SENSOR_TAG = """
[simulation]
time = "virtual"

[[device]]
kind = "custom"
name = "tag"
address = "24:71:89:CC:09:05/P"
local_name = "SensorTag"

[[device.service]]
uuid = "180A"

[[device.service.characteristic]]
uuid = "2A24"
text = "CC2650"
"""
"""The device that bleak's README connects to."""


def readme_programs() -> list[str]:
    """Return the programs of the README of the installed bleak, as they stand."""
    readme = cast("Message", importlib.metadata.metadata("bleak")).get_payload()
    assert isinstance(readme, str)
    blocks = re.findall(r"^\.\. code-block:: python\n\n((?: {4}.*\n|\n)+)", readme, re.MULTILINE)
    return [dedent(block) for block in blocks if "asyncio.run(" in block]


def test_the_programs_of_bleaks_readme(tmp_path: Path) -> None:
    """Mutant: an address as text is not connected to, or an address type is guessed wrong."""
    discover, model_number = readme_programs()
    options = [scenario(tmp_path, SENSOR_TAG)]
    found = simulate(options, ["python", program(tmp_path, discover)])
    assert lines(found) == ["24:71:89:CC:09:05: SensorTag"]
    read = simulate(options, ["python", program(tmp_path, model_number)])
    assert lines(read) == ["Model Number: CC2650"]


def test_a_program_in_the_style_of_bleaks_examples(tmp_path: Path) -> None:
    options = [scenario(tmp_path, OPEN)]
    command = ["python", "-W", "error", str(EXAMPLE), "--name", "Thermometer", "2a1c"]
    *shown, gone = lines(simulate(options, command))
    assert "[Service] Health Thermometer" in shown
    assert "  [Characteristic] Battery Level (notify,read): 64" in shown
    values = [line for line in shown if line.startswith("Temperature Measurement: ")]
    assert len(values) == 5  # in ten seconds, one each two
    assert gone == "disconnected"
