"""Real PDF files for tests: pages with text, and a page that is only a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure


def write_pdf(path: Path, pages: Sequence[str]) -> Path:
    """A PDF with one text on each page."""
    with PdfPages(path) as pdf:
        for text in pages:
            figure = Figure()
            FigureCanvasPdf(figure)
            figure.text(0.1, 0.5, text, fontfamily="DejaVu Sans")
            pdf.savefig(figure)
    return path


def write_scan(path: Path) -> Path:
    """A PDF whose only page is a picture."""
    figure = Figure()
    FigureCanvasPdf(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow([[0, 1], [1, 0]])
    axes.axis("off")
    figure.savefig(path, format="pdf")
    return path
