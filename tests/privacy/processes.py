"""Other companions on the same store, each a real process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from babyn_ble.privacy import MemoryKeys, Subject

ROOT = Path(__file__).parents[2]

MASTER = MemoryKeys(bytes(range(32)))
"""Keys of every store of these tests; a new process gets them as they are then."""

COMMON = """
import asyncio, os, signal, sys
from babyn_ble.clock import SystemClock
from babyn_ble.store.sql import SqlStore
from babyn_ble.errors import ConsentRequiredError
from babyn_ble.privacy import ConsentScope, MemoryKeys
from babyn_ble.privacy.checkpoints import FilePlace
from tests.privacy.household import LINK, READ, Household

Store, Place = SqlStore, FilePlace

class Found:
    subject_id = sys.argv[2] if len(sys.argv) > 2 else ""

def opened():
    return Household(
        Store.open(sys.argv[1]),
        clock=SystemClock(),
        keys=MemoryKeys(bytes.fromhex(os.environ["MASTER"])),
        subject=Found(),
        places=[Place(sys.argv[1])],
    )

def say(word):
    print(word, flush=True)
"""
"""Arguments: the directory of the store, the subject's id, and what the program adds."""


def known(subject_id: str) -> Subject:
    """Return a stand-in for a subject, of which only the id is used."""
    return cast("Subject", SimpleNamespace(subject_id=subject_id))


class Process:
    """A program in a process of its own, that is spoken with line by line."""

    def __init__(self, program: str, *arguments: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", COMMON + program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "MASTER": (MASTER.get() or b"").hex()},
        )

    def hear(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()

    def tell(self, word: str = "") -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write(word + "\n")
        self.popen.stdin.flush()

    def end(self) -> int:
        self.popen.communicate()
        return self.popen.returncode
