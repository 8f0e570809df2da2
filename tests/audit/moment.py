"""When the tests of audits take place."""

from __future__ import annotations

from datetime import datetime

NOW = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # the ledger keeps naive UTC
