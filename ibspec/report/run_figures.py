"""The figures of a run as images inside its page."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

from ibspec.core import Frozen
from ibspec.figures import FIGURES, Blank, Tables, draw, render

LARGEST_SVG: Final = 500_000
"""Bytes; a larger drawing goes in as PNG."""

LARGEST_TOTAL: Final = 4_500_000
"""Bytes of all images as written in the page, which then opens on a phone."""


@final
class Image(Frozen):
    """A figure: an image for the page, or, where there is none, a reason."""

    name: str
    title: str = ""
    caption: str = ""
    uri: str = ""
    reason: str = ""


def draw_images(tables: Tables, spec: Mapping[str, Any]) -> list[Image]:
    """Draw the figures that a spec asks for; all kinds when it does not say."""
    wanted: Sequence[str] = [name for name in spec.get("figures", FIGURES) if name in FIGURES]
    images, total = [], 0
    for found in (figure for name in wanted for figure in draw(tables, only=name)):
        if isinstance(found, Blank):
            images.append(Image(name=found.name, reason=found.reason))
            continue
        moves = found.film is not None
        content, kind = (render(found, "gif"), "gif") if moves else (render(found, "svg"), "svg+xml")
        if not moves and len(content) > LARGEST_SVG:
            content, kind = render(found, "png"), "png"
        uri = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        if total + len(uri) > LARGEST_TOTAL:
            reason = f"left out to keep this page small; see figures/{found.name}.{found.forms[-1]}"
            images.append(Image(name=found.name, title=found.title, reason=reason))
            continue
        total += len(uri)
        images.append(Image(name=found.name, title=found.title, caption=found.caption, uri=uri))
    return images
