"""Options of verbs that move a model on its way into use."""

from __future__ import annotations

import click

owner_option = click.option("--owner", default="", metavar="NAME", help="Who carries it from now on.")
due_option = click.option("--due", metavar="DATE", help="When somebody must look at it again.")
