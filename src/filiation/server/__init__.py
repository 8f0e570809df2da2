"""HTTP over an atlas: the page, the map's tiles, and the questions of the command line; read-only."""
