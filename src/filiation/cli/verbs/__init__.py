"""The verbs; a module here is a verb of that name. It defines ``command``, and ``ANSWER``, the type behind ``--json``."""
