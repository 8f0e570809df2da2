"""What somebody wants to be told of, when, and where to: read from a file, with what the command line says on top."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.language import Language
from filiation.core.portfolio import Portfolio
from filiation.formats.toml_file import TomlFile
from filiation.watch.deliver import Deliveries
from filiation.watch.look import Thresholds
from filiation.watch.portfolios import load_portfolios
from filiation.watch.quiet import Quiet

MAX_BYTES = 256 << 10


class WatchFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of settings; paths in it are seen from its own folder.

    Attributes:
        policy: Under which adopted models are audited: a preset's name or a file.
        lang: Language of the sentences.
        portfolios: File of adopted models.
        portfolio: Or the lists themselves.
        report: What is told of.
        quiet: When nothing is told but what cannot wait.
        deliver: Where it is told.
    """

    policy: str = "internal"
    lang: Language = "en"
    portfolios: str | None = None
    portfolio: tuple[Portfolio, ...] = ()
    report: Thresholds = Thresholds()
    quiet: Quiet = Quiet()
    deliver: Deliveries = Deliveries()


class Settings(msgspec.Struct, frozen=True):
    """The same, with all files read and paths found."""

    policy: str
    lang: Language
    portfolios: list[Portfolio]
    report: Thresholds
    quiet: Quiet
    deliver: Deliveries


FILE = TomlFile(WatchFile, "a file of settings for 'watch'", MAX_BYTES, "docs/watch.md shows one.")


def settings(
    config: Path | None, portfolio: Path | None, policy: str | None, lang: str | None, thresholds: Mapping[str, Any]
) -> Settings:
    """Return the settings: those of the file, with what else is given in their place.

    Args:
        config: File of settings; None for the usual ones.
        portfolio: File of portfolios, in place of those that the settings name.
        policy: In place of theirs.
        lang: Likewise.
        thresholds: Fields of `Thresholds`, in place of theirs.

    Raises:
        FiliationError: If a file cannot be read or is none, or a value is none that can be.
    """
    said = FILE.read(config) if config else WatchFile()
    folder = config.parent if config else Path()
    given = msgspec.to_builtins(said.report) | dict(thresholds)
    try:
        report = msgspec.convert(given, Thresholds, strict=False)
    except msgspec.ValidationError as error:
        raise FiliationError(f"That is no threshold of 'watch': {error}.") from error
    file = portfolio or (folder / said.portfolios if said.portfolios else None)
    lists = [*said.portfolio, *(load_portfolios(file) if file else ())]
    chosen = policy or said.policy
    beside = folder / chosen
    found = str(beside) if not policy and beside.suffix == ".toml" and beside.exists() else chosen
    language: Language = "ja" if (lang or said.lang) == "ja" else "en"
    return Settings(found, language, lists, report, said.quiet.checked(), said.deliver.seen_from(folder))
