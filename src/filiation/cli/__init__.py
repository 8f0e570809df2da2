"""The command line: one file per verb in ``verbs/``, each parses, calls and prints."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, NoReturn

import click

from filiation import __version__
from filiation.core.errors import FiliationError

COULD_NOT_RUN = 2
INTERRUPTED = 130
VERBS = "filiation.cli.verbs"


class Verbs(click.Group):
    """Finds its commands in a package, and imports only what is asked for; a package inside is a verb of two words."""

    def __init__(self, *args: Any, package: str = VERBS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of all verbs."""
        return sorted(_typed(info.name) for info in iter_modules(import_module(self._package).__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb of that name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"{self._package}.{_spelt(cmd_name)}")
        if hasattr(module, "command"):
            return module.command
        return Verbs(cmd_name, package=module.__name__, help=module.__doc__)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return what is asked; a package that is a verb itself is one of two words where the second names what it holds."""
        name, command, rest = super().resolve_command(ctx, args)
        module = import_module(f"{self._package}.{_spelt(name)}") if name else None
        if rest and hasattr(module, "__path__") and hasattr(module, "command"):
            inside = Verbs(name, package=f"{self._package}.{name}", help=command.help if command else None)
            return (name, inside, rest) if rest[0] in inside.list_commands(ctx) else (name, command, rest)
        return name, command, rest


def spelled(package: str = VERBS) -> list[str]:
    """Return every verb as it is typed, such as ``export map``."""
    verbs = []
    for info in iter_modules(import_module(package).__path__):
        name = f"{package}.{info.name}"
        inside = [*spelled(name), *([""] if hasattr(import_module(name), "command") else [])] if info.ispkg else [""]
        verbs += [f"{_typed(info.name)} {word}".strip() for word in inside]
    return sorted(verbs)


def module_of(verb: str) -> ModuleType:
    """Return the module of a verb as it is typed."""
    return import_module(".".join([VERBS, *map(_spelt, verb.split())]))


def _typed(name: str) -> str:
    """Return the name of a module as people type it."""
    return name.replace("_", "-")


def _spelt(word: str) -> str:
    return word.replace("-", "_")


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="filiation")
@click.option("--debug", is_flag=True, help="Show the traceback when something fails.")
@click.pass_context
def filiation(ctx: click.Context, debug: bool) -> None:  # click's way
    """The atlas and auditor of model registries.

    May we build on this model, and what happens to us if something upstream changes?

    Start with 'filiation demo', or chart a registry dump: 'filiation chart models.jsonl.gz'.
    """
    ctx.obj = {"debug": debug}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 could not run."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = filiation.main(words, prog_name="filiation", standalone_mode=False) or 0
        if arguments is None and words[:1] == ["audit"]:
            _leave(code)
        sys.exit(code)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(COULD_NOT_RUN)
    except (click.Abort, KeyboardInterrupt):
        _stop()
    except SystemExit as ending:  # click ends so when whoever reads has gone, which is no finding
        sys.exit(0 if type(sys.stdout).__name__.endswith("PacifyFlushWrapper") else ending.code)
    except Exception as error:
        if "Query interrupted" in str(error):  # so the database spells it where it, and not Python, sees the signal
            _stop()
        if "--debug" in words:
            raise
        from filiation.cli.console import note

        note(f"filiation: {_sentence(error)}")
        sys.exit(COULD_NOT_RUN)


def _stop() -> NoReturn:
    click.echo("Stopped; what was finished is kept.", err=True)
    sys.exit(INTERRUPTED)


def _leave(code: int) -> None:
    """End the process at once; where what was said cannot be handed over, return.

    To take apart the libraries that an audit loads costs a tenth of a second, and it leaves nothing to be tidied up: the atlas
    and the ledger are closed, folders of its own are gone, and no thread works on.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return
    os._exit(code)


def _sentence(error: Exception) -> str:
    if isinstance(error, FiliationError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this: close other programs and try again."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'A file'}: {error.strerror}."
    first: Any = (str(error).splitlines() or [""])[0]
    return f"Something unforeseen happened ({type(error).__name__}: {first}): run again with --debug and report it."
