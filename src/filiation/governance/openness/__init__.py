"""Openness: what of a model is released, by four frameworks."""
