"""click_at."""

import pytest
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools import ClickAt

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


@pytest.mark.parametrize(("x", "y"), [(1120, 5), (5, 896), (-1, 5), (5, -0.1), (float("nan"), 5), (5, float("inf"))])
def test_outside_of_the_viewport_is_an_error_with_the_size(
    driver: WebDriver, open_page: Open, x: float, y: float
) -> None:
    open_page(LISTEN)
    with pytest.raises(ValueError, match="1120 pixels wide and 896 high: take x from 0 to 1119 and y from 0 to 895"):
        ClickAt(driver)(x, y)
    assert driver.execute_script("return seen") == []


@pytest.mark.parametrize("x", ["5", True, None])
def test_what_is_no_number_is_an_error(driver: WebDriver, x: float) -> None:
    with pytest.raises(ValueError, match="takes two numbers"):
        ClickAt(driver)(x, 5)


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
    assert said == (
        "Clicked clickable 'Ask' at (5, 5). A dialog opened: Sure?; "
        "answer it with Alert().accept() or Alert().dismiss() first."
    )
    with pytest.raises(RuntimeError, match=r"^A dialog is open: Sure\?; answer it"):
        ClickAt(driver)(5, 5)
    driver.switch_to.alert.dismiss()
