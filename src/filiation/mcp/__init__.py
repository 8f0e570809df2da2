"""An atlas for assistants over the Model Context Protocol: they may ask, and change nothing."""
