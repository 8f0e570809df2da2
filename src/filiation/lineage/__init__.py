"""Claims become nodes and edges, and these an immutable lineage that is only asked."""
