"""The wire: messages, their layouts, and the errors of both. Without input or output."""
