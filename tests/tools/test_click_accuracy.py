"""What is named by its place in the picture is hit: scrolled, zoomed, in frames, at every device pixel ratio."""

import random
from dataclasses import dataclass

import pytest
from memory_site import HEIGHT, WIDTH, Open, Site
from PIL import Image, ImageChops
from selenium import webdriver

from webagent.browser.page import decoded, screenshot
from webagent.tools.pointer import ClickAt, HoverAt

TARGETS = 23  # a page; 230 in all
SMALLEST, LARGEST = 8, 60  # CSS pixels of the page
COLUMNS, ROWS, CELL = 6, 4, 100  # a board of 600 x 400, on which no target touches another


def board(dice: random.Random, top: int) -> str:
    """Return a page on which targets stand from `top` on, each of a colour of its own, and which keeps what is hit."""
    cells = dice.sample([(column, row) for column in range(COLUMNS) for row in range(ROWS)], TARGETS)
    targets = []
    for number, (column, row) in enumerate(cells):
        wide, high = (dice.uniform(SMALLEST, LARGEST) for _ in range(2))
        left = column * CELL + dice.uniform(0, CELL - wide - 2)
        at = top + row * CELL + dice.uniform(0, CELL - high - 2)
        style = f"left:{left:.2f}px;top:{at:.2f}px;width:{wide:.2f}px;height:{high:.2f}px"
        targets.append(f"<i data-n={number} style='{style};background:rgb({number * 8},0,128)'></i>")
    return (
        "<!doctype html><style>body{margin:0;height:6000px} i{position:absolute}</style>"
        + "".join(targets)
        + "<script>"
        "moved = false; addEventListener('mousemove', () => { moved = true });"
        "hits = []; addEventListener('click', e => hits.push(e.isTrusted ? e.target.dataset?.n ?? null : 'untrusted'))"
        "</script>"
    )


def places(picture: Image.Image) -> dict[int, tuple[float, float]]:
    """Return where in the picture the middle of each target is, as far as it shows."""
    red, green, blue = picture.split()
    others = ImageChops.lighter(
        green.point(lambda value: 255 if value else 0), blue.point(lambda value: 0 if value == 128 else 255)
    )
    numbers = Image.composite(Image.new("L", picture.size, 255), red, others)
    found = {}
    for number in range(TARGETS):
        box = numbers.point([255 if value == number * 8 else 0 for value in range(256)]).getbbox()
        if box is not None:
            found[number] = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return found


def wait_for_the_frame(driver: webdriver.Chrome, point: tuple[float, float]) -> None:
    """Wait until the pointer reaches into a frame: the browser shows a new one before it lets it be pointed at."""
    for _ in range(100):
        HoverAt(driver)(*point)
        driver.switch_to.frame(0)
        if driver.execute_script("return moved"):
            return
    raise AssertionError("the pointer does not reach the frame")


@dataclass(frozen=True)
class Way:
    """A way to show a board."""

    body: str
    framed: bool = False
    zoom: str = "1"


FRAME = "<style>body{{margin:0}}</style><p style='height:400px'></p><iframe style='width:760px;height:560px;{}' src={}>"
WAYS = {
    "scrolled": Way(""),
    "zoomed": Way("", zoom="1.3"),
    "in a frame": Way(FRAME.format("margin:7px 0 0 33.5px;border:3px solid;padding:11px", "/board"), framed=True),
}


@pytest.mark.parametrize(
    ("ratio", "names"),
    [
        (1.5, ["in a frame"]),
        pytest.param(1, ["scrolled", "zoomed", "in a frame"], marks=pytest.mark.slow),
        pytest.param(1.5, ["scrolled", "zoomed"], marks=pytest.mark.slow),
        pytest.param(2, ["scrolled", "zoomed", "in a frame"], marks=pytest.mark.slow),
    ],
)
def test_every_click_on_the_middle_of_a_target_lands(
    driver: webdriver.Chrome, open_page: Open, site: Site, ratio: float, names: list[str]
) -> None:
    size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": ratio, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    dice = random.Random(f"{ratio}")
    click = ClickAt(driver)
    for name in names:
        way = WAYS[name]
        site.pages["/board"] = board(dice, 2000)
        if way.framed:
            open_page(way.body)
            driver.execute_script("scrollTo(0, 300)")
            driver.switch_to.frame(0)
        else:
            driver.get(site.url("/board"))
        driver.execute_script("document.body.style.zoom = arguments[0]; scrollTo(0, 1960 * arguments[0])", way.zoom)
        # One pixel of the picture for one of the page, as the model gets it.
        picture = decoded(screenshot(driver)).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
        found = places(picture)
        assert len(found) == TARGETS, (ratio, name)
        if way.framed:
            wait_for_the_frame(driver, found[0])
        for number in found:
            click(*found[number])
        if way.framed:
            driver.switch_to.frame(0)
        assert driver.execute_script("return hits") == [str(number) for number in found], (ratio, name)
        driver.switch_to.default_content()
    assert driver.execute_script("return devicePixelRatio") == ratio
