"""Write the atlas, or a part of it, as files that others read."""
