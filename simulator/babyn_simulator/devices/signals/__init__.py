"""What simulated sensors measure: plausible, seeded, without any IO."""
