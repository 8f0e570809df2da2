"""The Python API: ``import filiation as fl; atlas = fl.open("my.atlas")``."""

from filiation.api.atlas import Atlas, open  # noqa: A004  # people write fl.open
from filiation.api.table import Rows, Table

__all__ = ["Atlas", "Rows", "Table", "open"]
