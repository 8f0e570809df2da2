"""Run a suite on a model here, in a process of its own that is bounded in time and memory."""
