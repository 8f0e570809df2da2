"""A tornado plot as SVG: which value moves the net benefit most."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from unicodedata import east_asian_width

from filiation.assess.cost import CostAssessment, Swing

BARS = 14
WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 960, 400, 110, 84, 26, 16
LABEL_CHARS = 58
"""As many narrow characters stand to the left of the bars."""
LOW_COLOR, HIGH_COLOR = "#4c78a8", "#e45756"


def tornado_svg(answer: CostAssessment, title: str) -> str:
    """Return the widest `BARS` swings of `answer` as an SVG document of its own; all text in it is escaped.

    Args:
        answer: What was assessed.
        title: What stands above, without markup.
    """
    swings = answer.tornado[:BARS]
    ends = [amount for swing in swings for amount in (swing.at_low, swing.at_high)] + [answer.middle]
    low, high = min(ends), max(ends)
    scale = (WIDTH - LEFT - RIGHT) / ((high - low) or 1)

    def place(amount: float) -> float:
        return LEFT + (amount - low) * scale

    height = TOP + ROW * len(swings) + 40
    middle = place(answer.middle)
    body = [_text(16, 28, answer.ref, 'font-size="16" font-weight="600"'), _text(16, 50, f"{title} ({answer.currency})", "")]
    for x, color, word in ((WIDTH - RIGHT - 90, LOW_COLOR, "low"), (WIDTH - RIGHT - 30, HIGH_COLOR, "high")):
        body += [f'<rect x="{x}" y="20" width="10" height="10" fill="{color}"/>', _text(x + 14, 29, word, "")]
    for row, swing in enumerate(swings):
        body += _bar(swing, TOP + ROW * row, place, middle)
    foot = TOP + ROW * len(swings)
    body += [f'<line x1="{middle:.1f}" y1="{TOP - 8}" x2="{middle:.1f}" y2="{foot}" stroke="#333"/>']
    body += [_text(middle, foot + 18, f"{answer.middle:,.0f}", 'text-anchor="middle"')]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' lang="{answer.lang}" role="img" font-family="sans-serif" font-size="13">'
        f"<title>{_clean(title)}: {_clean(answer.ref)}</title>"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def _bar(swing: Swing, y: int, place: Callable[[float], float], middle: float) -> list[str]:
    at_low, at_high = place(swing.at_low), place(swing.at_high)
    parts = [_text(LEFT - 12, y + 12, _fitted(swing.title), 'text-anchor="end"')]
    for at, color in ((at_low, LOW_COLOR), (at_high, HIGH_COLOR)):
        x, width = min(at, middle), abs(at - middle)
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{color}" opacity="0.85"/>')
    right = max(at_low, at_high, middle) + 6
    parts.append(_text(right, y + 12, f"{swing.low:g} .. {swing.high:g}", 'fill="#555" font-size="11"'))
    return parts


def _fitted(text: str) -> str:
    """Return `text`, cut where it would run out of the plot; an East Asian character is as wide as two others."""
    width = 0
    for place, char in enumerate(text):
        width += 2 if east_asian_width(char) in "WF" else 1
        if width > LABEL_CHARS:
            return text[:place].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    return text


def _text(x: float, y: float, text: str, attributes: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{_clean(text)}</text>'


def _clean(text: str) -> str:
    """Return `text` with markup escaped and without what XML cannot hold."""
    return escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text))
