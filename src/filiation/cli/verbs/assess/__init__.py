"""Assess a model: what it costs, how open it is, what it adds to risk, what the law asks, what it needs before use."""
