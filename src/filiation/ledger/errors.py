"""What the ledger refuses, each as one sentence that says what to do."""

from filiation.core.errors import FiliationError


class LedgerError(FiliationError):
    """The ledger cannot be opened, read or written."""


class BrokenLedgerError(LedgerError):
    """The log is not as it was written; nothing is read from it or added to it."""


class NotAllowedError(LedgerError):
    """The role of who asks does not allow this."""


class RefusedError(LedgerError):
    """What was asked makes no sense, such as a waiver that ends in the past."""


class UnknownItemError(LedgerError):
    """There is no review item of that number."""
