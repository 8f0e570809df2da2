"""Questions that nobody can leave to a machine: openness, marginal risk, regulation, and the way of a model into use."""
