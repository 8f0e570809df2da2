"""An atlas as files for others: one file per format."""
