"""Read policies: what is there, what a policy says, and whether a file is one."""
