"""Which branches of our code were taken: both ways of every jump, in all code that ran."""

from __future__ import annotations

import dis
import linecache
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

# What makes, checks and writes values runs here, too, since construct builds what it has read. It
# refuses what programs give it, which no bytes can be; tests/protocol has that.
_WRITING = re.compile(
    r"(^|[._])(encode\w*|build\w*|write|flags|flags_of|from_bytes|from_str|whole|is_present|steps"
    r"|code_of|uuid16|vendor_uuid|Cipher\.__init__|Receiver\.__init__|\w*Error\.__init__|__post_init__|check)$"
)

UNREACHABLE: dict[str, str] = {
    "fast.py: if at == before": "a message of no fixed size has flags, so it takes a byte",
    "located.py: path =": "one of the two has a name: messages within messages are fields",
    "object_type.py: end = start + (self.layout.size": "each layout without a length has a size",
    "object_type.py: case bool() as state": "each bool has its two states",
    "files.py: if size > len(body) - head or size > MAX_PACKET": "no input is as long as that",
    "story.py: case hci.Data()": "the last of all that a packet can say",
    "story.py: if self._error is None or": "a file that was read to some packet names it",
    "values.py: case Decimal() | datetime()": "no attribute has the latter: BTHome does",
    "values.py: case bytes() | bytearray()": "no attribute has the latter",
    "values.py: case tuple() | list()": "no attribute has the latter",
    "values.py: case Mapping()": "no attribute has one: advertisements do",
    "values.py: return _fields(value) if is_dataclass": "what else an attribute has, has a case",
    "values.py: if not is_dataclass(value)": "called with messages and ranges",
}
"""File and beginning of lines with a branch that no bytes can take, and why."""


class Branches:
    """Counts the branches of all code in a folder that runs while it watches."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._taken: dict[CodeType, set[tuple[int, int]]] = defaultdict(set)

    @contextmanager
    def watching(self) -> Generator[None]:
        """Watch. Slow: an event for every instruction."""
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        if not frame.f_code.co_filename.startswith(self._folder):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        taken = self._taken[frame.f_code]
        previous = -1

        def instruction(frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
            nonlocal previous
            if event == "opcode":
                taken.add((previous, frame.f_lasti))
                previous = frame.f_lasti
            return instruction

        return instruction

    def report(self) -> tuple[int, tuple[str, ...]]:
        """Return how many branches of reading there are, and which were not taken."""
        count = 0
        missing: set[str] = set()
        for code, taken in self._taken.items():
            if _WRITING.search(code.co_qualname):
                continue
            name = Path(code.co_filename).name
            for line, there, way in _branches(code, taken):
                source = linecache.getline(code.co_filename, line).strip()
                if there or f"{name}: {source}".startswith(tuple(UNREACHABLE)):
                    count += there
                else:
                    missing.add(f"{name}:{line} in {code.co_qualname} {way}: {source}")
        return count + len(missing), tuple(sorted(missing))


def _branches(code: CodeType, taken: set[tuple[int, int]]) -> Iterator[tuple[int, bool, str]]:
    """Yield line, whether it was taken, and name, for both ways of each jump that was reached."""
    instructions = list(dis.get_instructions(code))
    kinds = {found.offset: found.opname for found in instructions}
    for found, following in pairwise(instructions):
        if found.opname != "FOR_ITER" and not {"JUMP", "IF"} <= set(found.opname.split("_")):
            continue
        ways = {after for before, after in taken if before == found.offset}
        # Not by equality: some versions skip an instruction at either place.
        ahead = found.argval > found.offset
        far = {way for way in ways if (way >= found.argval if ahead else way <= found.offset)}
        line = found.positions.lineno if found.positions else None
        for first, there, name in (
            (following.offset, ways - far, "goes on"),
            (found.argval, far, "jumps"),
        ):
            # An exception that no handler takes: there is none here, or it would get out.
            if ways and kinds.get(first) != "RERAISE":
                yield line or 0, bool(there), f"never {name}"
