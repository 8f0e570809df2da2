"""What a model is, by the names and shapes of its tensors alone: model type, architecture, task."""
