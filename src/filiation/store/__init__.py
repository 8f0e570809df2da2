"""The atlas on disk: observations that are only ever added to, and tables derived from them."""
