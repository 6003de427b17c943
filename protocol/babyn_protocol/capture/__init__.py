"""Captures of Bluetooth traffic: what happened in them, told with names and decoded values.

Sans-IO: bytes of a file in, :class:`Story` out. No key and no random number of pairing is told.
"""

from __future__ import annotations

from babyn_protocol.capture.errors import MalformedCaptureError
from babyn_protocol.capture.files import CaptureFile, Packet, PacketType, read_file
from babyn_protocol.capture.story import Event, Phase, Story, read_story

__all__ = [
    "CaptureFile",
    "Event",
    "MalformedCaptureError",
    "Packet",
    "PacketType",
    "Phase",
    "Story",
    "read_file",
    "read_story",
]
