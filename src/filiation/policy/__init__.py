"""A file that says what is required, allowed and forbidden; and what follows for a target."""
