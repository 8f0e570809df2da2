"""One question to every node, one file each; found by name, outside packages add theirs by entry point."""
