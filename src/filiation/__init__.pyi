"""What type checkers and editors see of the Python API; `__getattr__` imports it when it is named."""

from filiation.api import Atlas as Atlas
from filiation.api import Rows as Rows
from filiation.api import Table as Table
from filiation.api import open as open  # noqa: A004
from filiation.core.errors import FiliationError as FiliationError

__version__: str
