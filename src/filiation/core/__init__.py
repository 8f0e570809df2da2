"""The nouns that every floor shares: no input, no output."""
