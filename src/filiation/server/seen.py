"""What may be written about, where not everybody sees everything."""

from __future__ import annotations

from filiation.lineage.arrays import NULL
from filiation.lineage.lookup import locate, unknown
from filiation.server.standing import Standing


def require_seen(standing: Standing, ref: str) -> None:
    """Refuse to write about what is not there for who asks, whether it is hidden or nowhere: the answer is the same.

    Raises:
        UnknownRefError: If who asks may not see everything, and what they see does not hold it.
    """
    if standing.view and locate(standing.lineage, ref).node == NULL:
        raise unknown(standing.lineage, ref, "this atlas", "look for it with /api/v1/find?q=.")
