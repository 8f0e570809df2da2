"""An atlas as a Python object: each verb of the command line that only asks is a method, and answers with tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filiation.api.given import Moment, least, moment_of
from filiation.core.errors import AtlasError, FiliationError
from filiation.core.language import Language

if TYPE_CHECKING:
    import duckdb

    from filiation.api.answers import CriticalAnswer, FindAnswer, ImpactAnswer, LicenseTold, ShowAnswer, TraceAnswer
    from filiation.api.auditing import AuditTold
    from filiation.api.happened import DiffTold, EventRow, HistoryTold
    from filiation.api.naming import Named
    from filiation.api.region import Region
    from filiation.api.table import Rows, Table
    from filiation.core.decision import Override, Waiver
    from filiation.layout.previous import Layout
    from filiation.lineage.arrays import Lineage
    from filiation.lineage.prediction.answer import Prediction
    from filiation.store.info import Info


def open(path: str | PathLike[str] = "filiation.atlas", *, ledger: str | None = None) -> Atlas:  # noqa: A001  # fl.open
    """Return the atlas in a folder, to be asked; nothing is ever written to it but the lineage of an earlier day.

    Args:
        path: The folder that ``filiation chart`` made.
        ledger: Where people's decisions are kept, as with ``--ledger``; None for the atlas's own, if it has one.

    Raises:
        AtlasError: If there is no atlas, or it has no lineage yet.
    """
    return Atlas(Path(path), ledger)


class Atlas:
    """An atlas as it stood when it was opened. It holds no lock: while somebody writes, what needs the database says so.

    Names are written as on the command line: ``owner/name``, ``dataset:owner/name``. Every method raises `FiliationError`, in
    one sentence that says what to do, where it cannot answer: `UnknownRefError` for a name that is not there, with the nearest
    ones.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path, ledger: str | None = None) -> None:
        from filiation.lineage.arrays import Lineage, current_token

        self.path = path
        self._ledger = ledger
        self._token = current_token(path)
        self._lineage = Lineage.load(path, self._token)

    def __repr__(self) -> str:
        said = self._lineage.summary
        return f"<Atlas {self.path}: {said.models:,} models, {said.datasets:,} datasets, {said.edges:,} edges>"

    def __len__(self) -> int:
        return self._lineage.size

    def __contains__(self, ref: object) -> bool:
        try:
            return self._node(str(ref)) >= 0
        except FiliationError:
            return False

    def info(self) -> Info:
        """Return what is in the atlas: snapshots, tables, stages."""
        from filiation.store.info import info

        with self._database() as con:
            return info(con)

    def nodes(self) -> Table:
        """Return every model and dataset, a row each: name, state, downloads, license, and how many stand on it."""
        from filiation.api.columns import node_columns
        from filiation.api.table import Table

        return Table(node_columns(self._lineage))

    def edges(self) -> Table:
        """Return every edge of descent, a row each; child and parent are numbers of `nodes`."""
        from filiation.api.columns import edge_columns
        from filiation.api.table import Table

        return Table(edge_columns(self._lineage))

    def query(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Table:
        """Return what the database answers; docs/data-model.md has its tables, and nothing can be written.

        Raises:
            FiliationError: If the question is not understood.
        """
        from filiation.api.table import Table

        with self._database() as con:
            told = con.sql(sql, params=parameters or None)
            if told is None:
                raise FiliationError("That asks for nothing: write a query, such as SELECT count(*) FROM node.")
            return Table(told.to_arrow_table())

    def find(self, text: str, limit: int = 20) -> FindAnswer:
        """Return what has the words in its name or card, or the elements in its name, as ``arch:bert task:ner``."""
        from filiation.api.answers import FindAnswer
        from filiation.api.finding import find

        self._require_standing()
        return FindAnswer(find(self.path, text, least(limit)))

    def show(self, ref: str) -> ShowAnswer:
        """Return everything about one model or dataset: claims with their sources, what we believe, findings."""
        from filiation.api.answers import ShowAnswer
        from filiation.lineage.portrait import portrait

        node = self._node(ref)
        with self._database() as con:
            return ShowAnswer(portrait(con, self._lineage, node))

    def trace(self, ref: str, *, down: bool = False, depth: int | None = None, as_of: Moment | None = None) -> TraceAnswer:
        """Return where a model comes from; with `down`, what comes from it.

        Args:
            ref: Its name, or ``application:NAME``.
            down: Descendants instead of ancestors.
            depth: At most so many steps away, from 1.
            as_of: As the atlas would have known it on that day; built once, which writes to the atlas's folder, then kept.
        """
        from filiation.api.answers import TraceAnswer
        from filiation.api.tracing import application_trace, is_application, node_trace

        steps = None if depth is None else least(depth)
        day, token, lineage = (None, self._token, self._lineage) if as_of is None else self._on(as_of)
        if is_application(ref):
            return TraceAnswer(application_trace(self.path, token, lineage, ref, steps, day))
        node = self._node(ref, lineage)
        return TraceAnswer(node_trace(self.path, token, lineage, node, down=down, depth=steps, as_of=day))

    def impact(self, ref: str, top: int = 10) -> ImpactAnswer:
        """Return what stands on a model or dataset, its blast radius, with the `top` most downloaded."""
        from filiation.api.answers import ImpactAnswer
        from filiation.api.tracing import node_impact

        return ImpactAnswer(node_impact(self.path, self._token, self._lineage, self._node(ref), least(top)))

    def critical(self, by: Literal["descendants", "dominated"] = "descendants", top: int = 20) -> CriticalAnswer:
        """Return the nodes that most stand on, or that most have every line of descent through."""
        from filiation.api.answers import CriticalAnswer
        from filiation.lineage.questions import critical

        return CriticalAnswer(critical(self._lineage, by, least(top)))

    def license(self, ref: str, use: str | None = None, *, under: str | None = None) -> LicenseTold:
        """Return declared and inherited terms, with the path that each came by, and conflicts.

        Args:
            ref: The name.
            use: What it is to be used for, such as ``commercial product, hosted``: may it?
            under: The license of an application that uses it: what does that leave unsaid?
        """
        from filiation.api.answers import LicenseTold
        from filiation.api.licensing import licensed

        node = self._node(ref)
        _, overrides = self._decisions(None)
        with self._database() as con:
            return LicenseTold(licensed(con, self._lineage, node, use, under, overrides))

    def name(self, name: str) -> Named:
        """Return the elements of a name and its convention; of a model that the atlas holds, what contradicts it."""
        from filiation.api.naming import named

        self._require_standing()
        return named([name], self.path)

    def predict(self, ref: str) -> Prediction:
        """Return what nobody declared of a model and what its neighbourhood tells of it."""
        from filiation.core.ref import Kind, Ref
        from filiation.lineage.prediction.answer import prediction, require_predictions

        node = self._node(ref)
        name = self._lineage.ref(node)
        if Ref.parse(name).kind != Kind.MODEL:
            raise FiliationError(f"{name} is no model: attributes are predicted of models alone.")
        with self._database() as con:
            require_predictions(con, self.path)
            return prediction(con, name, node)

    def audit(
        self,
        refs: str | Sequence[str],
        policy: str | PathLike[str] = "internal",
        *,
        lang: Language = "en",
        at: Moment | None = None,
    ) -> AuditTold:
        """Return whether models may be used under a policy, why, and what to do.

        Args:
            refs: One name or several; a revision follows ``@``. Of several, those that are not there are `skipped`.
            policy: A preset by its name, or a file.
            lang: Language of the sentences.
            at: Decisions that had ended by then count no more; None for now.
        """
        from filiation.api.auditing import AuditTold, audited
        from filiation.policy.load import load

        names = [refs] if isinstance(refs, str) else list(refs)
        now = moment_of(at)
        waivers, overrides = self._decisions(now)
        with self._database() as con:
            answer = audited(
                con,
                self._lineage,
                self._node,
                names,
                load(policy if isinstance(policy, str) else Path(policy)),
                now,
                waivers,
                overrides,
                lang,
            )
        return AuditTold(answer)

    def events(self, since: Moment, until: Moment | None = None, refs: Sequence[str] | None = None) -> Rows[EventRow]:
        """Return what changed between two moments, as consecutive observations show it.

        Args:
            since: What was observed until then is known.
            until: What was observed later does not count; None for now.
            refs: Only of these; None for all.
        """
        from filiation.api.happened import EventRow, happened
        from filiation.api.table import Rows

        nodes = None if refs is None else [self._node(ref) for ref in refs]
        with self._database() as con:
            return Rows(happened(con, self._lineage, moment_of(since), moment_of(until), nodes), EventRow)

    def history(self, ref: str, policy: str | PathLike[str] = "internal", last: int = 5) -> HistoryTold:
        """Return what was said of a model from the beginning, and what was made of it at the `last` moments, under a policy."""
        from filiation.api.happened import HistoryTold
        from filiation.policy.load import load
        from filiation.watch.history import history
        from filiation.watch.reaudit import Rules

        node, now = self._node(ref), moment_of(None)
        waivers, overrides = self._decisions(now)
        rules = Rules(load(policy if isinstance(policy, str) else Path(policy)), now, "en", waivers, overrides)
        with self._database() as con:
            return HistoryTold(history(con, self._lineage, node, rules, last))

    def diff(self, start: Moment, end: Moment) -> DiffTold:
        """Return what differs between two moments; the lineage of each is built once, as by `trace`, which writes."""
        from filiation.api.happened import DiffTold
        from filiation.store.atlas import Atlas as Store
        from filiation.watch.between import difference

        first, last = moment_of(start), moment_of(end)
        if first >= last:
            raise FiliationError(f"{start} does not come before {end}: name the earlier one first.")
        with Store.open(self.path, "write") as atlas:
            return DiffTold(difference(atlas, first, last))

    def map(self, ref: str | None = None, width: float | None = None) -> Region:
        """Return a region of the map, drawn as SVG; its `widget` is the same to move about in.

        Args:
            ref: What to stand in front of; None for the whole map.
            width: How much of the map's width to show, in (0, 1]; None for the family that stands there.
        """
        from filiation.api.region import region_of

        return region_of(self._lineage, self._layout, None if ref is None else self._node(ref), width)

    @cached_property
    def _layout(self) -> Layout:
        from filiation.api.region import layout_of

        return layout_of(self.path, self._token)

    def _node(self, ref: str, lineage: Lineage | None = None) -> int:
        from filiation.lineage.arrays import NULL
        from filiation.lineage.lookup import locate, unknown

        among = lineage or self._lineage
        node = locate(among, ref).node
        if node == NULL:
            raise unknown(among, ref, str(self.path), "look for it with find().")
        return node

    def _decisions(self, at: datetime | None) -> tuple[Sequence[Waiver], Sequence[Override]]:
        """Return what people decided and is in force; nothing where there is no ledger."""
        from filiation.ledger.database import FILE

        if self._ledger is None and not (self.path / FILE).exists():
            return (), ()
        from filiation.ledger.opening import opened

        return opened(self.path, self._ledger)[0].in_force(at)

    def _require_standing(self) -> None:
        from filiation.lineage.arrays import current_token

        if current_token(self.path) != self._token:
            raise self._anew()

    def _anew(self) -> AtlasError:
        return AtlasError(f"The atlas {self.path} was built anew since you opened it: open it again.")

    @contextmanager
    def _database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        from filiation.store.atlas import Atlas as Store
        from filiation.store.stages import last_run

        with Store.open(self.path) as atlas:
            run = last_run(atlas.con, "lineage")
            if run is None or run.token != self._token:
                raise self._anew()
            yield atlas.con

    def _on(self, as_of: Moment) -> tuple[str, str, Lineage]:
        """Return a day as it was asked for, and the token and the lineage of it."""
        from filiation.lineage.arrays import Lineage
        from filiation.pipeline import token_as_of
        from filiation.store.atlas import Atlas as Store

        with Store.open(self.path, "write") as atlas:
            token = token_as_of(atlas, moment_of(as_of))
        return str(as_of), token, Lineage.load(self.path, token)
