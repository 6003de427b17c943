"""Simulated devices: what they measure, what they are, how a profile tells it."""
