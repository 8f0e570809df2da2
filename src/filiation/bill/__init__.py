"""The neutral bill of materials: what a model is made of, each statement with where it was read."""
