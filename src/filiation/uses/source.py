"""The syntax tree of a text."""

from __future__ import annotations

import ast
import warnings


class SourceError(ValueError):
    """The text cannot be read as what it is said to be; the message says why."""


def parsed(text: str) -> ast.Module:
    """Return the syntax tree of Python source.

    Raises:
        SourceError: If it is no Python 3, or nested too deep.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise SourceError(f"not Python 3 (line {error.lineno}: {error.msg})") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"not Python that can be read ({error or 'nested too deep'})") from error
