"""What weights themselves tell: their tensors, a sketch to compare them by, who descends from whom, what was changed."""
