"""Answers with their lists as tables. Each holds the struct that the verb of its name prints with ``--json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from filiation.api.finding import Found, Hit
from filiation.api.table import Rows
from filiation.core.finding import Finding
from filiation.core.score import Score
from filiation.licenses.answer import InheritedTerm, LicenseAnswer
from filiation.lineage.portrait import Parent, Portrait, SaidClaim
from filiation.lineage.questions import (
    Critical,
    CriticalNode,
    Dependent,
    Impact,
    Trace,
    TraceEdge,
    TraceNode,
)

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-not-found]  # whoever wants it has it
    import polars as pl  # type: ignore[import-not-found]  # likewise
    import pyarrow as pa

Said = TypeVar("Said", bound=msgspec.Struct)


class Count(msgspec.Struct, frozen=True):
    """How many have a value."""

    value: str
    count: int


class Answer(Generic[Said]):
    """An answer; as a table it is the list that it is mostly asked for, `main`.

    Attributes:
        answer: What the command line prints with ``--json``, as objects.
    """

    def __init__(self, answer: Said) -> None:
        self.answer = answer

    @property
    def main(self) -> Rows[Any]:
        """The list that this is as a table."""
        raise NotImplementedError

    def json(self) -> str:
        """Return what the command line prints with ``--json``."""
        return msgspec.json.format(msgspec.json.encode(self.answer)).decode()

    def to_arrow(self) -> pa.Table:
        """Return `main` as a pyarrow table."""
        return self.main.to_arrow()

    def to_polars(self) -> pl.DataFrame:
        """Return `main` as a polars frame."""
        return self.main.to_polars()

    def to_pandas(self) -> pd.DataFrame:
        """Return `main` as a pandas frame."""
        return self.main.to_pandas()

    def __arrow_c_schema__(self) -> object:
        return self.main.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.main.__arrow_c_stream__(requested_schema)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        """Return the interchange object of `main`."""
        return self.main.__dataframe__(nan_as_null, allow_copy)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._told()}>"

    def _told(self) -> str:
        """Say in a few words what the answer is."""
        return f"{len(self.main):,} rows"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self._told())}</p>{self.main._repr_html_()}"


class FindAnswer(Answer[Found]):
    """What has the words, best first."""

    @property
    def hits(self) -> Rows[Hit]:
        """Nodes with their scores and downloads."""
        return Rows(self.answer.hits, Hit)

    main = hits

    def _told(self) -> str:
        return f"{self.answer.text!r}: {len(self.answer.hits)} found"


class ShowAnswer(Answer[Portrait]):
    """Everything about one node."""

    @property
    def claims(self) -> Rows[SaidClaim]:
        """What is said of it, by whom, where and when."""
        return Rows(self.answer.claims, SaidClaim)

    main = claims

    @property
    def parents(self) -> Rows[Parent]:
        """What it is made from."""
        return Rows(self.answer.parents, Parent)

    @property
    def findings(self) -> Rows[Finding]:
        """What the checks found."""
        return Rows(self.answer.findings, Finding)

    @property
    def scores(self) -> Rows[Score]:
        """What it is claimed to score."""
        return Rows(self.answer.scores, Score)

    def _told(self) -> str:
        said = self.answer
        return f"{said.ref}: {said.license or 'license undeclared'}, {said.descendants_count:,} descendants"


class TraceAnswer(Answer[Trace]):
    """Where a node comes from, or what comes from it."""

    @property
    def nodes(self) -> Rows[TraceNode]:
        """The nodes, nearest first."""
        return Rows(self.answer.nodes, TraceNode)

    main = nodes

    @property
    def edges(self) -> Rows[TraceEdge]:
        """Every edge among them and the node that was asked about."""
        return Rows(self.answer.edges, TraceEdge)

    def _told(self) -> str:
        what = "ancestors" if self.answer.direction == "up" else "descendants"
        return f"{self.answer.ref}: {self.answer.total:,} {what}"


class ImpactAnswer(Answer[Impact]):
    """What stands on a node."""

    @property
    def top(self) -> Rows[Dependent]:
        """The most downloaded of it."""
        return Rows(self.answer.top, Dependent)

    main = top

    @property
    def by_relation(self) -> Rows[Count]:
        """How many are reached first by an edge of each relation."""
        return counted(self.answer.by_relation)

    @property
    def by_depth(self) -> Rows[Count]:
        """How many are so many steps away."""
        return counted(self.answer.by_depth)

    @property
    def licenses(self) -> Rows[Count]:
        """How many declare each license."""
        return counted(self.answer.licenses)

    def _told(self) -> str:
        return f"{self.answer.ref}: {self.answer.descendants:,} stand on it, {self.answer.downloads or 0:,} downloads known"


class CriticalAnswer(Answer[Critical]):
    """The nodes that most stand on."""

    @property
    def nodes(self) -> Rows[CriticalNode]:
        """The nodes, the most critical first."""
        return Rows(self.answer.nodes, CriticalNode)

    main = nodes


class LicenseTold(Answer[LicenseAnswer]):
    """What a node's license asks, what it inherits, and whether a use is allowed. Not legal advice."""

    @property
    def inherited(self) -> Rows[InheritedTerm]:
        """Terms from ancestors, each with the surest path that it came by."""
        return Rows(self.answer.inherited, InheritedTerm)

    main = inherited

    @property
    def conflicts(self) -> Rows[Finding]:
        """What does not fit together."""
        return Rows(self.answer.conflicts, Finding)

    @property
    def verdict(self) -> str | None:
        """Whether the use that was asked about is allowed: yes, no or ask a lawyer; None where none was."""
        return self.answer.verdict.answer if self.answer.verdict else None

    def _told(self) -> str:
        said = self.answer
        told = f"{said.ref}: {said.declared.expression or said.declared.state}"
        return f"{told}; {said.verdict.purpose}: {said.verdict.answer}" if said.verdict else told


def counted(counts: dict[str, int]) -> Rows[Count]:
    """Return counts as rows, in their order."""
    rows: Sequence[Count] = [Count(value, count) for value, count in counts.items()]
    return Rows(rows, Count)
