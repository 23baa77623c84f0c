"""Pictures of every view of the page, in both languages, light and dark, wide and narrow, to look at.

Run by hand: ``python bench/look_page.py [FOLDER] [VIEW ...]``; needs chromium. It measures nothing.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "faces"))

from page_browser import VIEWS, Visit, browser, served  # noqa: E402 (the folder of the helper comes first)

SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
ASKED = {"scenario": "squeeze-2025", "draws": 20, "weeks": 52}
SHEET = """<!doctype html><meta charset="utf-8"><style>body{{margin:0;display:grid;gap:6px;background:#888;
grid-template-columns:repeat({columns},1fr);width:{width}px}}img{{width:100%;max-height:{height}px;object-fit:cover;
object-position:top}}</style>{images}"""


def shot(running: Any, base: str, view: str, dress: tuple[str, str, str], folder: Path) -> Path:
    """Take one picture of the whole view."""
    size, lang, theme = dress
    visit = Visit(running, base, color_scheme=theme)
    visit.page.set_viewport_size(SIZES[size])
    visit.page.goto(visit.address(view, **ASKED, lang=lang))
    visit.settled(400)
    visit.page.wait_for_timeout(1500)  # views that run nothing fetch by themselves
    path = folder / f"{view}-{size}-{lang}-{theme}.png"
    visit.page.screenshot(path=str(path), full_page=True)
    if visit.said or visit.overflow() > 0:
        print(f"{path.name}: overflow {visit.overflow()}, said {visit.said}")
    visit.close()
    return path


def sheet(running: Any, pictures: list[Path], target: Path, columns: int, height: int) -> None:
    """Put pictures side by side on one."""
    images = "".join(f'<img src="{path.resolve().as_uri()}">' for path in pictures)
    html = target.with_suffix(".html")
    html.write_text(SHEET.format(columns=columns, width=1800, height=height, images=images), encoding="utf-8")
    visit = Visit(running, html.as_uri(), viewport={"width": 1800, "height": 900})
    visit.page.goto(html.as_uri())
    visit.page.screenshot(path=str(target), full_page=True)
    visit.close()
    html.unlink()


def main(folder: Path, views: list[str]) -> None:
    """Write one sheet a view and width: English light, English dark, Chinese light, Chinese dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as running, served() as base:
        for view, size in product(views, SIZES):
            dresses = [(size, lang, theme) for lang in ("en", "zh") for theme in ("light", "dark")]
            pictures = [shot(running, base, view, dress, folder) for dress in dresses]
            columns, height = (2, 1500) if size == "wide" else (4, 1900)
            sheet(running, pictures, folder / f"sheet-{view}-{size}.png", columns, height)
            print(f"{folder / f'sheet-{view}-{size}.png'}")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "out/looks"), given[1:] or list(VIEWS))
