"""What signing refuses, each as one sentence that says what to do."""

from filiation.core.errors import FiliationError


class SigningError(FiliationError):
    """A key, a certificate, a signature or a folder cannot be read, or does not allow what was asked."""
