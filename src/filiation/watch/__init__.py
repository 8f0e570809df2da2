"""What changed since, whom it touches, and how they are told."""
