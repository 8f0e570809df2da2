"""What a bill says, in sentences for people."""

from __future__ import annotations

from datetime import datetime

from filiation.bill.bill import Bill, Component, License, Relation


def moment(at: datetime) -> str:
    """Return a naive UTC time as the formats write it."""
    return f"{at.replace(microsecond=0).isoformat()}Z"


def told(bill: Bill, component: Component) -> str:
    """Return what is said of a component's licences and parents, on what basis and how surely, and what is absent."""
    lines = [_of_license(item) for item in component.licenses]
    lines += [sentence(relation) for relation in bill.parents(component.ref)]
    lines += [f"Absent: {gap.reason}." for gap in bill.gaps if gap.ref == component.ref]
    return "\n".join(lines)


def sentence(item: Relation) -> str:
    """Return what is said of a relation."""
    why = f"; {item.because}" if item.because else ""
    read = "; ".join(dict.fromkeys(f"{evidence.said.locator}, by {evidence.said.witness}" for evidence in item.evidence[:3]))
    return (
        f"{item.relation} of {item.parent}: the link is {item.basis}, {item.confidence:g}; that it is {item.relation} is "
        f"{item.relation_basis}, {item.relation_confidence:g}{why}{f' (read in {read})' if read else ''}."
    )


def _of_license(item: License) -> str:
    source = f", from {', '.join(item.inherited_from)}" if item.inherited_from else ""
    said = item.said
    return (
        f"License, {item.role}: {item.expression or item.text}{source} "
        f"({said.basis}, {said.confidence:g}; {said.locator}, by {said.witness})."
    )
