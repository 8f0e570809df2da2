"""How well a repository does, and what that is worth: documentation, attributes, cost."""
