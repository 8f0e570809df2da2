"""Who vouches for a folder of files: signatures after OpenSSF model signing, and attestations of what we found.

Nothing here asks a network, but for `keyless` where a person asks it to.
"""
