"""What can go wrong, each as one sentence that says what to do."""

from collections.abc import Sequence


class FiliationError(Exception):
    """Something could not run; the message is for the person who asked (exit code 2)."""


class AtlasError(FiliationError):
    """The atlas cannot be opened, read or written."""


class SupersededError(AtlasError):
    """Another atlas, or a later state of it, has taken the place of the one that was asked: ask again."""


class LockedError(AtlasError):
    """The atlas is being written by another process, or read by one while somebody wants to write it."""


class SourceError(FiliationError):
    """A source is not there, or is of no kind that we can read."""


class WeightsError(FiliationError):
    """A file of weights is not well formed, lies about itself, or asks for more than we are ready to read."""


class UnknownRefError(FiliationError):
    """No node of that name or number; the message suggests the nearest ones, which are `suggestions`."""

    def __init__(self, message: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)
