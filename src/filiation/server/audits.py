"""Audits over HTTP: one node under a policy, the registry by risk."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from filiation.audit.answer import AuditAnswer, RiskAnswer
from filiation.core.ref import Kind
from filiation.server.answers import MAX_PAGE, Nothing
from filiation.server.policies import PolicyNames
from filiation.server.standing import Standing

PolicyName = Annotated[str, Meta(max_length=200)]


class AuditQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy by its name, and the language of the sentences."""

    policy: PolicyName | None = None
    lang: Literal["en", "ja"] = "en"


class ReportQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same."""

    policy: PolicyName | None = None
    lang: Literal["en", "ja"] = "en"


class RiskQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the registry, or of its models or datasets, the riskiest first."""

    offset: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50
    kind: Kind | None = None


def tell_audit(standing: Standing, node: int, query: AuditQuery) -> AuditAnswer:
    """Return whether a node may be built on under a policy, by what is decided now."""
    from filiation.audit.audit import Auditor, together  # noqa: PLC0415  # a module for each check

    at = standing.room.now()
    waivers, overrides = standing.room.decisions(at)
    policy, terms = standing.policies.of(query.policy), standing.licenses()
    with standing.database() as con:
        auditor = Auditor(con, standing.lineage, policy, at, waivers, overrides, query.lang, terms)
        return together([auditor.target(node)], policy, query.lang, at, auditor.known())


def tell_report(standing: Standing, node: int, query: ReportQuery) -> bytes:
    """Return the same as a page that stands for itself."""
    from filiation.audit.report import report  # noqa: PLC0415  # see tell_audit
    from filiation.export.report_html import html  # noqa: PLC0415  # the same

    return html(report(tell_audit(standing, node, AuditQuery(query.policy, query.lang)))).encode()


def tell_policies(standing: Standing, _: Nothing) -> PolicyNames:
    """Return the policies that there are."""
    return standing.policies.told()


def tell_risk(standing: Standing, query: RiskQuery) -> RiskAnswer:
    """Return a page of the registry by risk."""
    from filiation.audit.rank import ranking  # noqa: PLC0415  # see tell_audit

    with standing.database() as con:
        return ranking(con, standing.lineage, query.offset, query.limit, kind=query.kind)
