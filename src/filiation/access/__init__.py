"""Who may see what: groups of people, what is kept for them, and an atlas of its own for each who may not see everything."""
