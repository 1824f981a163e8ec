"""A Point is a pixel of the picture: on a page that is scrolled, in a tall element, over a frame."""

from collections.abc import Callable

import pytest
from servers import Site

from webagent.browser import Browser
from webagent.sandbox.executor import ActionFailed, WorkerExecutor

Open = Callable[[str], None]

TALL = """<!doctype html><title>Tall</title><style>body{margin:0;height:5000px;width:3000px}</style>
<script>addEventListener('click', e => document.title = `${e.clientX} ${e.clientY} ${e.detail}`)
addEventListener('dblclick', e => document.title = `double ${e.clientX} ${e.clientY}`)
addEventListener('contextmenu', e => { e.preventDefault(); document.title = `menu ${e.clientX} ${e.clientY}` })
addEventListener('mousemove', e => document.body.dataset.moved = `${e.clientX} ${e.clientY}`)
addEventListener('mousedown', e => document.body.dataset.down = `${e.clientX} ${e.clientY}`)
addEventListener('mouseup', e => document.body.dataset.up = `${e.clientX} ${e.clientY}`)</script>"""
IN_FRAME = """<style>body{margin:0;height:3000px}</style><button style="position:absolute;left:50px;top:1200px"
onclick="parent.document.title = 'framed'">Inside</button>
<script>addEventListener('click', e => parent.document.title = `in ${e.clientX} ${e.clientY}`)</script>"""


@pytest.fixture
def show(on_page: WorkerExecutor, browser: Browser, site: Site) -> Open:
    def show(html: str) -> None:
        site.pages["/shown"] = html
        browser.driver.get(site.url + "/shown")

    return show


def title(browser: Browser) -> str:
    browser.driver.switch_to.default_content()
    return browser.driver.title


@pytest.mark.parametrize("scrolled", [(0, 0), (0, 700), (900, 2500)])
def test_a_point_is_clicked_where_the_picture_shows_it(
    on_page: WorkerExecutor, browser: Browser, show: Open, scrolled: tuple[int, int]
) -> None:
    show(TALL)
    browser.driver.execute_script("scrollTo(arguments[0], arguments[1])", *scrolled)
    for x, y in ((3, 4), (500, 300), (1100, 880)):
        on_page(f"click(Point({x}, {y}))")
        assert title(browser) == f"{x} {y} 1"
    assert browser.driver.execute_script("return [scrollX, scrollY]") == list(scrolled)


def test_every_way_of_using_a_point_means_the_same_pixel(on_page: WorkerExecutor, browser: Browser, show: Open) -> None:
    show(TALL)
    browser.driver.execute_script("scrollTo(0, 600)")
    on_page("doubleclick(Point(200, 100))")
    assert title(browser) == "double 200 100"
    on_page("rightclick(Point(30.6, 40.2))")
    assert title(browser) == "menu 30 40"
    on_page("hover(Point(77, 88))")
    assert browser.driver.execute_script("return document.body.dataset.moved") == "77 88"
    on_page("drag(Point(10, 20), to=Point(300, 400))")
    assert browser.driver.execute_script("return [document.body.dataset.down, document.body.dataset.up]") == [
        "10 20",
        "300 400",
    ]


def test_a_point_over_a_frame_reaches_what_the_frame_shows(
    on_page: WorkerExecutor, browser: Browser, site: Site, show: Open
) -> None:
    site.pages["/in"] = IN_FRAME
    show("<style>body{margin:0}</style><iframe id=f src=/in style='position:absolute;left:100px;top:200px;border:0'>")
    on_page("click(Point(120, 230))")
    assert title(browser) == "in 20 30"


def test_a_point_is_of_the_whole_picture_after_a_click_inside_a_frame(
    on_page: WorkerExecutor, browser: Browser, site: Site, show: Open
) -> None:
    site.pages["/in"] = IN_FRAME
    show(TALL + "<iframe src=/in style='position:absolute;left:100px;top:200px;border:0'></iframe>")
    on_page('click("Inside")\nclick(Point(600, 50))')
    assert title(browser) == "600 50 1"


def test_the_corner_of_an_element_is_a_point_of_the_picture(
    on_page: WorkerExecutor, browser: Browser, site: Site, show: Open
) -> None:
    site.pages["/in"] = IN_FRAME
    show(
        TALL + "<p style='position:absolute;left:400px;top:1000px;margin:0'>Corner</p>"
        "<iframe src=/in style='position:absolute;left:100px;top:1200px;border:5px solid;padding:2px'></iframe>"
    )
    assert browser.settle(10) == "rest"  # the frame is there
    browser.driver.execute_script("scrollTo(0, 900); frames[0].scrollTo(0, 1150)")
    on_page('corner = Text("Corner").top_left\nclick(corner + (2, 3))')
    assert title(browser) == "402 103 1"
    assert on_page("tuple(corner)").output == (400, 100)
    browser.driver.execute_script("scrollTo(0, 900)")
    assert on_page('inside = Button("Inside")\n(inside.x, inside.y)').output == (157, 357)


def test_a_point_where_nothing_is_can_be_clicked(on_page: WorkerExecutor, browser: Browser, show: Open) -> None:
    show("<!doctype html><title>Empty</title>")
    assert on_page("click(Point(1119, 895))").logs == ""


def test_a_point_by_the_edge_of_the_picture_is_moved_onto_it(
    on_page: WorkerExecutor, browser: Browser, show: Open
) -> None:
    show(TALL.replace("height:5000px;width:3000px", ""))  # no scroll bars at the edges
    for point, pixel in (("-3, 900", "0 895"), ("1148, -0.5", "1119 0")):
        on_page(f"click(Point({point}))")
        assert title(browser) == f"{pixel} 1"
    on_page("hover(Point(1120, 77))")
    assert browser.driver.execute_script("return document.body.dataset.moved") == "1119 77"


@pytest.mark.parametrize(
    "code",
    [
        "click(Point(-29, 5))",
        "click(element=Point(5, 925))",
        "drag(Point(1, 1), to=Point(1149, 1))",
        "hover(Point(float('nan'), 5))",
        "rightclick(Point(5, float('inf')))",
    ],
)
def test_a_point_outside_of_the_picture_is_told(on_page: WorkerExecutor, code: str) -> None:
    with pytest.raises(ActionFailed, match=r"lies outside the picture, which is 1120x896\.$"):
        on_page(code)
