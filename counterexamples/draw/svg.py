"""Pieces of a drawing: a document with its colours, cards of text, escaping, measuring. Knows nothing of models.

Text is set in a monospaced face and measured by counting characters, so that nothing leaves its card. The colours
follow the reader's preference for light or dark.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CHARACTER = 7.4  # px a character at 12 px: 0.6 em and a little, for faces that are wider
LINE = 18.0  # px from one base line to the next
PAD = 12.0  # px between a card's edge and its text

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_STYLE = """
  svg { --paper: #ffffff; --card: #f7f8fa; --edge: #d5dae1; --ink: #1d2733; --quiet: #66717f; --link: #9aa5b3;
        --accent: #0b62c4; --bad: #c0262d; --bad-card: #fdf3f3; --good: #1a7f37; --good-card: #f1faf3; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0f141a; --card: #19212b; --edge: #323d4a; --ink: #e4e9ef; --quiet: #97a3b2; --link: #5a6777;
          --accent: #6cb0ff; --bad: #ff7b7b; --bad-card: #2a1a1d; --good: #56d474; --good-card: #16261c; } }
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--ink);
         white-space: pre; }
  .title { font: 600 19px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
  .prose { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
  .step { font-weight: 600; }  .small { font-size: 10.5px; }
  .quiet { fill: var(--quiet); }  .new { fill: var(--accent); font-weight: 600; }
  .bad { fill: var(--bad); font-weight: 600; }  .good { fill: var(--good); font-weight: 600; }
  .paper { fill: var(--paper); }
  .card { fill: var(--card); stroke: var(--edge); }
  .card.bad { fill: var(--bad-card); stroke: var(--bad); stroke-width: 1.5; }
  .card.good { fill: var(--good-card); stroke: var(--good); stroke-width: 1.5; }
  .card.path { stroke: var(--accent); stroke-width: 2; }
  .disc { fill: var(--paper); stroke: var(--link); stroke-width: 1.5; }
  .disc.bad { fill: var(--bad); stroke: var(--bad); }  .disc.good { fill: var(--good); stroke: var(--good); }
  .number { text-anchor: middle; font-weight: 600; font-size: 11px; }  .number.on { fill: var(--paper); }
  .link { fill: none; stroke: var(--link); stroke-width: 1.3; }
  .link.path { stroke: var(--accent); stroke-width: 2.6; }
  .link.back { opacity: 0.55; stroke-width: 1; }  .tip.back { opacity: 0.7; }
  .tip { fill: var(--link); }  .tip.path { fill: var(--accent); }
  .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
"""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A stretch of text of one style: `kind` names classes of the style sheet."""

    text: str
    kind: str = ""


Row = tuple[TextSpan, ...]


def columns(width: float) -> int:
    """How many characters fit into `width` px."""
    return max(1, int(width / CHARACTER))


def length(row: Row) -> int:
    """How many characters a row has."""
    return sum(len(span.text) for span in row)


def clean(text: str) -> str:
    """Text that may stand in XML: escaped, and without the control characters that XML forbids."""
    allowed = (letter for letter in text if letter in "\t\n" or (letter >= " " and letter not in "\ufffe\uffff"))
    whole = "".join("?" if "\ud800" <= letter <= "\udfff" else letter for letter in allowed)
    return whole.translate(_ESCAPED)


def text(x: float, y: float, spans: Iterable[TextSpan], kind: str = "") -> str:
    """One line of text with its base line at `y`."""
    inside = "".join(
        f'<tspan class="{span.kind}">{clean(span.text)}</tspan>' if span.kind else clean(span.text) for span in spans
    )
    attribute = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{attribute}>{inside}</text>'


def card(x: float, y: float, width: float, rows: Sequence[Row], kind: str = "") -> str:
    """A box with lines of text. Its height is `card_height(rows)`."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{card_height(rows):.1f}"'
    box = f'<rect class="{f"card {kind}".strip()}" {place} rx="7"/>'
    lines = (text(x + PAD, y + PAD + 11 + LINE * place, row) for place, row in enumerate(rows))
    return "\n".join((box, *lines))


def card_height(rows: Sequence[Row]) -> float:
    """The height in px of a card with these rows."""
    return 2 * PAD + LINE * max(1, len(rows)) - 4


def card_width(rows: Sequence[Row], least: float = 0.0) -> float:
    """The width in px that a card with these rows needs."""
    return max([least, *(2 * PAD + CHARACTER * length(row) for row in rows)])


def wrap(words: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` characters; one at least. Lines after the first begin with `indent`."""
    return textwrap.wrap(words, max(8, width), subsequent_indent=indent, break_on_hyphens=False) or [""]


def document(width: float, height: float, title: str, description: str, body: Iterable[str]) -> str:
    """A whole SVG file. `title` and `description` are what a screen reader says."""
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title description">',
            f'<title id="title">{clean(title)}</title>',
            f'<desc id="description">{clean(description)}</desc>',
            f"<style>{_STYLE}</style>",
            '<rect class="paper" width="100%" height="100%"/>',
            *body,
            "</svg>\n",
        )
    )
