"""A model card is read: its blocks, its sections, what its sentences say."""
