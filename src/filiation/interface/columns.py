"""Which column of one's own table holds which input or output of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from filiation.core.errors import FiliationError
from filiation.interface.shape import ModelSchema, Port
from filiation.knowledge import load

_FILES = ("image", "audio", "video")


def columns_of(schema: ModelSchema, columns: Sequence[str], said: Mapping[str, str]) -> dict[str, str]:
    """Return the column of each input and output that has one; `said` is what the person says, and stands before all guesses.

    An input that stays without a column is not in the answer. An output needs none.

    Raises:
        FiliationError: If `said` names what there is not, or two columns could be the only text.
    """
    ports = {port.name: port for port in (*schema.outputs, *schema.inputs)}
    _require_known(said, ports, columns)
    found: dict[str, str] = dict(said)
    wanted = [port for port in schema.inputs if port.name not in found]
    wanted += [port for port in schema.outputs if port.modality in ("label", "text") and port.name not in ports_in(schema)]
    for port in wanted:
        if port.name not in found and (column := _likely(port, columns, set(found.values()))):
            found[port.name] = column
    return found


def ports_in(schema: ModelSchema) -> set[str]:
    """Return the names of the inputs."""
    return {port.name for port in schema.inputs}


def _require_known(said: Mapping[str, str], ports: Mapping[str, Port], columns: Sequence[str]) -> None:
    for name, column in said.items():
        if name not in ports:
            raise FiliationError(f"The model has no {name!r}: it has {', '.join(ports) or 'neither inputs nor outputs'}.")
        if column not in columns:
            raise FiliationError(f"There is no column {column!r}: there are {', '.join(columns[:20]) or 'none'}.")


def _likely(port: Port, columns: Sequence[str], taken: set[str]) -> str | None:
    """Return the column that is called as the port is, or as people call such a thing."""
    free = [column for column in columns if column not in taken]
    by_name = {column.strip().lower(): column for column in reversed(free)}
    usual = load("pilot_columns")
    names = [
        port.name.lower(),
        *usual.get(port.name, ()),
        *(usual.get(port.modality, ()) if port.modality != "label" else usual["label"]),
    ]
    found = next((by_name[name] for name in names if name in by_name), None)
    if found is None and len(columns) == 1 and free and (port.modality == "text" or port.modality in _FILES):
        return free[0]
    return found
