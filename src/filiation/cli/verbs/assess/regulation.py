"""What the EU AI Act and NIST AI 600-1 ask of a model: item, evidence, gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from filiation.cli.assessing import Asking, assessment_options
from filiation.cli.options import ref_argument

if TYPE_CHECKING:
    from filiation.governance.assessment import Assessment

ANSWER = "filiation.governance.regulation.kind:RegulationAssessment"


@click.command("regulation")
@ref_argument
@click.option("--draft", "document", type=click.Choice(["annex-xi"]), help="Write the draft of this document instead.")
@assessment_options
def command(ref: str, document: str | None, **options: Any) -> None:
    """What do law and frameworks ask of this model? EU AI Act: Annex XI and XII, Article 53 with its exemption; NIST AI 600-1.

    Each item with the evidence that the atlas holds and what is missing; what only a person knows is asked, and the answers
    are kept. --draft annex-xi begins the technical documentation. Not legal advice.
    """
    from filiation.cli.assessing import assessed, show

    asking = Asking(**options)
    if document and (asking.as_json or asking.format_ == "json"):
        raise click.UsageError("A draft is a document for people: ask for it as markdown or html, or leave --draft away.")
    made = assessed("regulation", ref, asking)
    if document:
        _write(made, asking)
    else:
        show(made, asking)


def _write(made: Assessment, asking: Asking) -> None:
    """Print the draft, or write it: Markdown, or HTML where that is asked."""
    from filiation.cli.console import line, save
    from filiation.cli.options import moment
    from filiation.export import report_html, report_markdown
    from filiation.governance.regulation.draft import draft

    told = draft(made, moment(asking.at))
    text = report_html.html(told) if asking.format_ == "html" else report_markdown.markdown(told)
    if asking.output:
        save(text, asking.output)
        line(str(asking.output))
    else:
        click.echo(text, nl=False)
