"""What it takes to mark a page of 1,000 elements: milliseconds to find the marks, and to draw them.

    .venv/bin/python bench/marks.py [--elements 1000] [--rounds 20] [--keep FOLDER]

The page is a shop's: cards with a link, a button and an icon, part of which are in view. With --keep the picture is
written to a folder, to be looked at. Not part of the package, and never imported by it.
"""

import argparse
import statistics
import time
from pathlib import Path
from urllib.parse import quote

from webagent.browser import Browser
from webagent.browser.marks import find_marks
from webagent.browser.page import decoded, screenshot
from webagent.marks_drawing import draw, legend
from webagent.settings import Settings

CARD = (
    "<div class=card><img alt=''><h3><a href=/p{0}>Product {0}</a></h3><p>Some words about it.</p>"
    "<span>{0} €</span><button>Add</button><svg width=20 height=20 class=wish><circle r=8 cx=10 cy=10 /></svg></div>"
)
STYLE = (
    "<style>body{font:12px sans-serif;margin:8px}.card{float:left;width:100px;height:118px;border:1px solid #ccc}"
    ".card{margin:2px}img{display:block;width:60px;height:16px;background:#cde}h3{font-size:12px;margin:0}p{margin:0}.wish{cursor:pointer}"
    "</style>"
)


def page(elements: int) -> str:
    """Return a page of about so many elements."""
    cards = "".join(CARD.format(number) for number in range(elements // 9))
    return f"<!doctype html><title>Shop</title>{STYLE}<nav><a href=/>Home</a> <input placeholder=Search></nav>{cards}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--elements", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with Browser(Settings()) as browser:
        driver = browser.driver
        driver.get(f"data:text/html;charset=utf-8,{quote(page(given.elements))}")
        count = driver.execute_script("return document.getElementsByTagName('*').length")
        took: dict[str, list[float]] = {"find": [], "draw": [], "legend": [], "empty": []}
        for _ in range(given.rounds):
            start = time.perf_counter()
            driver.execute_script("return 1")
            took["empty"].append(time.perf_counter() - start)
            start = time.perf_counter()
            found = find_marks(driver)
            took["find"].append(time.perf_counter() - start)
            picture = decoded(screenshot(driver))
            start = time.perf_counter()
            drawn = draw(picture, found)
            took["draw"].append(time.perf_counter() - start)
            start = time.perf_counter()
            words = legend(found)
            took["legend"].append(time.perf_counter() - start)
        print(
            f"{count} elements, {len(found.marks)} marks and {found.left_out} left out, legend {len(words)} characters"
        )
        for name, seconds in took.items():
            middle, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
            print(f"{name:7} median {middle:6.1f} ms, most {worst:6.1f} ms")
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            drawn.save(given.keep / "marks.png")


if __name__ == "__main__":
    main()
