"""A report as one page of HTML that stands alone: it can be saved, mailed and opened years later, and runs nothing."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from service.insight.report.curves import render_svg
from service.insight.report.parts import Code, Curves, Heading, Paragraph, Part, Table

STYLE: Final = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""Nothing but the page's own style: it holds in the saved page too, which names it itself."""


def render_html(parts: Sequence[Part]) -> str:
    """The report; the first part is its title."""
    title = parts[0].text if isinstance(parts[0], Heading) else "Gradus"
    body = "\n".join(_render_part(part, "h2" if number else "h1") for number, part in enumerate(parts))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _render_part(part: Part, heading: str) -> str:
    match part:
        case Heading(text):
            return f"<{heading}>{escape(text)}</{heading}>"
        case Paragraph(text, lead):
            before = f"<b>{escape(lead)}</b> " if lead else ""
            return f"<p>{before}{escape(text)}</p>"
        case Table(headings, rows):
            head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in headings)
            lines = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
            return f'<div class="wide" tabindex="0"><table>\n<tr>{head}</tr>\n{lines}\n</table></div>'
        case Code(text):
            return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'
        case Curves():
            return f"<figure>\n{render_svg(part)}\n<figcaption>{escape(part.title)}</figcaption>\n</figure>"
