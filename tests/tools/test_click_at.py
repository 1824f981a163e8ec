"""click_at."""

import pytest
from hostile import BREAKS
from memory_site import Attach, Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.grid import Grid
from webagent.tools.pointer import ClickAt, HoverAt

LISTEN = (
    "<style>body{margin:0}</style><script>window.seen = []; for (const kind of ['mousedown','mouseup','click'])"
    "addEventListener(kind, e => seen.push([e.type, e.clientX, e.clientY, e.isTrusted, e.button]))</script>"
)


def test_a_real_click_at_the_pixel(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN + "<button style='position:absolute;left:100px;top:50px;width:80px;height:30px'>Save</button>")
    assert ClickAt(driver)(140, 65) == "Clicked button 'Save' at (140, 65)."
    assert driver.execute_script("return seen") == [[k, 140, 65, True, 0] for k in ("mousedown", "mouseup", "click")]


def test_the_pixel_is_of_the_viewport_also_when_scrolled_or_in_a_frame(
    driver: WebDriver, open_page: Open, site: Site
) -> None:
    site.pages["/in"] = LISTEN + "<button style='width:100px;height:50px'>In</button>"
    open_page(
        LISTEN + "<p style='height:3000px'></p><iframe id=f src=/in style='border:0'></iframe><p style='height:3000px'>"
    )
    driver.execute_script("scrollTo(0, f.offsetTop - 100)")
    driver.switch_to.frame(0)
    assert ClickAt(driver)(20, 110) == "Clicked button 'In' at (20, 110)."
    assert driver.execute_script("return f.contentWindow.seen.length") == 3


def test_floats_are_taken(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN + "<p>text")
    assert ClickAt(driver)(1119.9, 0.5).endswith(" at (1119, 0).")
    assert driver.execute_script("return seen[0]")[1:3] == [1119, 0]


@pytest.mark.parametrize(
    ("x", "y", "edge"),
    [(1120, 5, [1119, 5]), (5, 924, [5, 895]), (-28, 5, [0, 5]), (5, -0.1, [5, 0]), (1148, 924, [1119, 895])],
)
def test_a_point_by_the_edge_of_the_picture_is_moved_onto_it(
    driver: WebDriver, open_page: Open, x: float, y: float, edge: list[int]
) -> None:
    open_page(LISTEN + "<style>html{height:100%}</style>")
    assert ClickAt(driver)(x, y).endswith(f" at ({edge[0]}, {edge[1]}).")
    assert driver.execute_script("return seen[0]")[1:3] == edge


def test_a_point_by_the_edge_of_a_grid_is_moved_onto_it(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN + "<style>html{height:100%}</style>")
    click = ClickAt(driver, Grid((1120, 896), (1000, 1000)))
    assert click(1025, -31).endswith(" at (1000, 0).")
    assert driver.execute_script("return seen[0]")[1:3] == [1119, 0]
    with pytest.raises(
        ValueError, match=r"^\(1026, 5\) is outside of the picture: take x from 0 to 1000 and y from 0 to"
    ):
        click(1026, 5)


@pytest.mark.parametrize(
    ("x", "y"), [(1149, 5), (5, 925), (-29, 5), (5, -28.1), (float("nan"), 5), (5, float("inf")), (10**400, 5)]
)
def test_outside_of_the_viewport_is_an_error_with_the_size(
    driver: WebDriver, open_page: Open, x: float, y: float
) -> None:
    open_page(LISTEN)
    with pytest.raises(ValueError, match="1120 pixels wide and 896 high: take x from 0 to 1119 and y from 0 to 895"):
        ClickAt(driver)(x, y)
    assert driver.execute_script("return seen") == []


@pytest.mark.parametrize("x", ["5", True, None])
def test_what_is_no_number_is_an_error(driver: WebDriver, x: float) -> None:
    with pytest.raises(ValueError, match=r"^click_at takes numbers for x and y, not"):
        ClickAt(driver)(x, 5)


def test_the_other_buttons_and_more_clicks(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<p id=p style='margin:0;font:20px monospace'>one two three</p>"
        "<script>seen = []; for (const kind of ['click','dblclick','auxclick'])"
        "addEventListener(kind, e => seen.push([e.type, e.button, e.detail, e.isTrusted]))</script>"
    )
    click = ClickAt(driver)
    assert click(70, 10, button="middle") == "Clicked with the middle button on p 'one two three' at (70, 10)."
    assert click(70, 10, clicks=3) == "Triple-clicked p 'one two three' at (70, 10)."
    assert driver.execute_script("return seen") == [
        ["auxclick", 1, 1, True],
        *[["click", 0, 1, True], ["click", 0, 2, True], ["dblclick", 0, 2, True], ["click", 0, 3, True]],
    ]
    assert driver.execute_script("return getSelection().toString().trim()") == "one two three"
    with pytest.raises(ValueError, match="no mouse button 'up': take left, middle or right"):
        click(70, 10, button="up")
    for times in (0, 4, True, 1.5):
        with pytest.raises(ValueError, match="clicks must be 1, 2 or 3"):
            click(70, 10, clicks=times)


def test_a_link_clicked_with_the_middle_button_opens_in_a_new_tab(
    driver: WebDriver, open_page: Open, site: Site
) -> None:
    site.pages["/next"] = "<title>Next</title>"
    open_page("<a href=/next style='display:block;height:50px'>Go</a>")
    said = ClickAt(driver)(9, 9, button="middle")
    assert said.startswith("Clicked with the middle button on link 'Go' at (9, 9). A new tab opened; now in it: ")
    assert driver.current_url == site.url("/next")


def test_without_a_point_it_is_clicked_where_the_pointer_is(driver: WebDriver, open_page: Open, attach: Attach) -> None:
    open_page(LISTEN + "<button style='position:absolute;left:100px;top:50px;width:80px;height:30px'>Save</button>")
    HoverAt(driver)(140, 65)
    assert ClickAt(driver)(None, None) == "Clicked button 'Save' at (140, 65)."
    assert ClickAt(driver, Grid((1120, 896), (560, 896)))(None, None) == "Clicked button 'Save' at (70, 65)."
    assert driver.execute_script("return seen.length") == 6
    other = attach(lambda command, params: None)
    with pytest.raises(ValueError, match="click_at needs a point, x and y: the pointer has not been anywhere yet"):
        ClickAt(other)(None, None)


def test_a_page_that_lies_about_its_size_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page("<script>innerWidth = {}; innerHeight = 'x'</script>")
    with pytest.raises(RuntimeError, match="does not tell where its points are"):
        ClickAt(driver)(5, 5)
    # The size of the run's own view does not come from the page; the driver's idea of it does.
    view = Grid((1120, 896), (1120, 896))
    with pytest.raises(RuntimeError, match=r"^The browser shows less of the page than \(1119, 5\): take another point"):
        ClickAt(driver, view)(1119, 5)
    with pytest.raises(ValueError, match=r"^\(1200, 5\) is outside of the picture, which is 1120 pixels wide and 896"):
        ClickAt(driver, view)(1200, 5)


def test_a_page_that_breaks_what_it_is_asked_with_is_clicked_all_the_same(driver: WebDriver, open_page: Open) -> None:
    for name in ("natives", "styles", "prototypes", "getters"):
        open_page(
            f"<script>{BREAKS[name]}</script><body style='height:800px' onclick='document.title = event.isTrusted'>"
        )
        assert ClickAt(driver, Grid((1120, 896), (1000, 1000)))(500, 500).startswith("Clicked ")
        assert driver.title == "true", name


@pytest.mark.parametrize("html", ["<a target=_blank href=/new", "<div onclick=\"window.open('/new')\""])
def test_a_new_tab_is_entered_and_told(driver: WebDriver, open_page: Open, site: Site, html: str) -> None:
    site.pages["/new"] = "<title>New</title>"
    open_page(f"{LISTEN}{html} style='display:block;height:50px'>Open</a>")
    before = driver.current_window_handle
    said = ClickAt(driver)(5, 5)
    assert said.endswith(f" A new tab opened; now in it: 'New' ({site.url('/new')}).")
    assert driver.current_window_handle != before


def test_a_tab_that_closes_itself_is_left(driver: WebDriver, open_page: Open) -> None:
    url = open_page("<a id=a target=_blank rel=opener href=/close>x</a>")
    handle = driver.current_window_handle
    driver.execute_script("window.open('about:blank')")
    driver.switch_to.window(driver.window_handles[-1])
    driver.execute_script("document.body.innerHTML = '<p onclick=window.close() style=height:300px>Close'")
    said = ClickAt(driver)(30, 100)
    assert said.startswith("Clicked clickable 'Close' at (30, 100). The tab closed; now in ")
    assert driver.current_window_handle in driver.window_handles
    driver.switch_to.window(handle)
    assert driver.current_url == url


def test_a_click_that_navigates_tells_what_was_clicked(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/next"] = "<title>Next</title>"
    open_page(LISTEN + "<a href=/next style='display:block;height:50px'>Go\x1b[31m</a>")
    assert ClickAt(driver)(5, 5) == "Clicked link 'Go[31m' at (5, 5)."
    assert driver.title == "Next"


def test_a_dialog_that_the_click_opens_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN + "<div onclick=\"alert('Sure?')\" style='height:50px'>Ask</div>")
    said = ClickAt(driver)(5, 5)
    assert said.startswith("Clicked clickable 'Ask' at (5, 5). A dialog opened: Sure?; answer it with ")
    with pytest.raises(RuntimeError, match=r"^A dialog is open: Sure\?; answer it"):
        ClickAt(driver)(5, 5)
    driver.switch_to.alert.dismiss()
