"""Characteristics that are a text."""

from __future__ import annotations

from babyn_protocol.layout import utf8
from babyn_protocol.wire import Message, wire


class Text(Message):
    """A text that fills the whole value."""

    text: str = wire(utf8)
    """UTF-8, without a terminator. As sent: it may hold any character, control ones included."""

    def __str__(self) -> str:
        """Say the text fit for a terminal: what cannot be printed is replaced.

        The text is a stranger's, and control characters move cursors and hide lines. NULs at the
        end, which some devices send, are left out.
        """
        return "".join(c if c.isprintable() else "\ufffd" for c in self.text.rstrip("\0"))
