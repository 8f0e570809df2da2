"""Put a figure on what a model means for its user."""
