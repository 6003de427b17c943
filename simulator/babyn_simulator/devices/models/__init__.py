"""What simulated devices are and do, without a radio: a profile tells it."""
