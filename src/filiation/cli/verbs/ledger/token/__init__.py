"""Who may read, review and administer."""
