"""Connect to PostgreSQL as libpq's ``sslmode`` and ``sslrootcert`` ask for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from filiation.ledger.errors import LedgerError

if TYPE_CHECKING:
    import ssl

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
PARAMETERS = ("host", "sslmode", "sslrootcert")
"""What the address of a ledger may say behind its question mark."""


class Encryption:
    """How connections to one address are encrypted.

    ``disable`` does not encrypt, nor does a socket; ``prefer``, the default, and ``allow`` do where the server can; ``require``
    always does, with any certificate; ``verify-ca`` and ``verify-full`` only with one that is valid for the host. An authority
    in ``sslrootcert`` is the only one believed; without it, those of the system are.

    Args:
        query: The parameters of the address.

    Raises:
        LedgerError: If one of them is not known.
    """

    def __init__(self, query: Mapping[str, Any]) -> None:
        if unknown := [name for name in query if name not in PARAMETERS]:
            raise LedgerError(f"The address of a ledger takes {', '.join(PARAMETERS)}, and no {unknown[0]!r}: leave it out.")
        self._mode = query.get("sslmode", "prefer")
        self._authority = query.get("sslrootcert")
        if self._mode not in MODES:
            raise LedgerError(f"{self._mode!r} is no sslmode: write one of {', '.join(MODES)}.")

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Made once: to read all certificates of the system takes a while."""
        import ssl  # noqa: PLC0415  # only a PostgreSQL ledger needs it

        try:
            context = ssl.create_default_context(cafile=self._authority)
        except OSError as error:  # ssl's own errors are among these
            raise LedgerError(f"There are no certificates to be read in {self._authority!r}: mend sslrootcert.") from error
        if not self._mode.startswith("verify"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def connect(self, dialect: Any, _: object, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Connect; SQLAlchemy calls it instead of the driver."""
        if "unix_sock" not in named and self._mode != "disable":
            try:
                return dialect.connect(*arguments, ssl_context=self._context, **named)
            except dialect.loaded_dbapi.InterfaceError as error:
                if self._mode not in ("prefer", "allow") or "refuses SSL" not in str(error):
                    raise
            self._mode = "disable"  # a server that cannot is not asked again at every connection
        return dialect.connect(*arguments, ssl_context=False, **named)
