"""scroll_at."""

import pytest
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.grid import Grid
from webagent.tools.scroll import ScrollAt

LIST = (
    "<style>::-webkit-scrollbar{display:none}</style><ul id=list aria-label=Orders tabindex=0 style='position:absolute;"
    "left:100px;top:100px;width:300px;height:200px;overflow:auto;margin:0;padding:0'>"
    "<li style='height:1000px;width:900px'>Row</ul>"
)
TALL = (
    "<style>body{margin:0} ::-webkit-scrollbar{display:none}</style>"
    "<p style='height:3000px;width:2000px;margin:0'>Text</p>"
)


def at(driver: WebDriver) -> list[int]:
    found: list[int] = driver.execute_script(
        "const l = document.querySelector('#list') || {};return [scrollX, scrollY, l.scrollLeft || 0, l.scrollTop || 0]"
    )
    return found


def test_what_is_under_the_point_scrolls(driver: WebDriver, open_page: Open) -> None:
    open_page(TALL + LIST)
    scroll = ScrollAt(driver)
    assert scroll(200, 200, 0, 300) == "Scrolled ul 'Orders' 300 down. Left: 500 down, 300 up, 600 right, 0 left."
    assert scroll(200, 200, 100, -50) == (
        "Scrolled ul 'Orders' 50 up and 100 right. Left: 550 down, 250 up, 500 right, 100 left."
    )
    assert scroll(700, 600, 0, 400) == "Scrolled the page 400 down. Left: 1704 down, 400 up, 880 right, 0 left."
    assert at(driver) == [0, 400, 100, 250]
    assert scroll(700, 600, 0, 9999).startswith("Scrolled the page 1704 down. Left: 0 down, 2104 up")


def test_at_its_end_the_page_goes_on_and_both_are_told(driver: WebDriver, open_page: Open) -> None:
    open_page(TALL + LIST)
    driver.execute_script("list.scrollTop = 9999")
    assert ScrollAt(driver)(200, 200, 0, 300).startswith("Scrolled the page 300 down.")


def test_what_cannot_be_scrolled_that_way_is_told_with_what_can(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<style>body{margin:0}</style><h1>Title</h1>"
        + LIST
        + "<div role=region aria-label=Log style='position:absolute;left:600px;top:100px;width:100px;height:100px;"
        "overflow-y:scroll'><p style='height:400px'>x</div>"
    )
    scroll = ScrollAt(driver)
    assert scroll(900, 700, 0, 100) == (
        "Nothing at (900, 700) can be scrolled down. "
        "What can be: ul 'Orders' at (250, 200), region 'Log' at (650, 150)."
    )
    assert scroll(200, 200, 0, -100) == (
        "Nothing at (200, 200) can be scrolled up. There: ul 'Orders', left 800 down, 0 up, 600 right, 0 left."
    )
    driver.execute_script(
        "document.querySelector('h1').style = 'height:3000px;margin:0'; list.style.overflow = 'hidden'"
    )
    assert scroll(200, 200, 50, 0) == (
        "Nothing at (200, 200) can be scrolled right. There: the page, left 2104 down, 0 up."
    )


def test_a_page_that_takes_the_wheel_for_itself_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(
        TALL + "<script>addEventListener('wheel', e => { document.title = `${e.deltaX} ${e.deltaY} ${e.isTrusted} "
        "${e.clientX}`; e.preventDefault() }, {passive: false})</script>"
    )
    assert ScrollAt(driver)(200, 300, 0, 120) == (
        "The wheel was turned over p 'Text' at (200, 300), and nothing there scrolled down: the page may use the wheel "
        "for something else. Look at the picture."
    )
    assert driver.title == "0 120 true 200"


def test_smooth_scrolling_is_over_before_it_is_measured(driver: WebDriver, open_page: Open) -> None:
    open_page(
        TALL + "<script>addEventListener('wheel', e => { e.preventDefault(); let left = 30; const step = () => {"
        "scrollBy(0, 20); if (left -= 1) setTimeout(step, 16) }; setTimeout(step, 100) }, {passive: false})</script>"
    )
    assert ScrollAt(driver)(200, 300, 0, 120).startswith("Scrolled the page 600 down. Left: 1504 down, 600 up")
    assert at(driver)[1] == 600


def test_frames_of_this_site_and_of_another_scroll_too(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = TALL + LIST
    frame = "style='position:absolute;top:0;width:500px;height:600px;border:0;left:{}px' src={}"
    open_page(
        f"<iframe {frame.format(0, '/in')}></iframe><iframe {frame.format(600, site.url('/in', 'localhost'))}></iframe>"
    )
    scroll = ScrollAt(driver)
    for left in (0, 600):
        assert scroll(left + 200, 200, 0, 300).startswith("Scrolled ul 'Orders' 300 down. Left: 500 down")
        assert scroll(left + 450, 500, 0, 300).startswith("Scrolled the page in the frame 300 down. Left: 2100 down")
    assert driver.execute_script("return self === top") is True


def test_distances_are_on_the_grid(driver: WebDriver, open_page: Open) -> None:
    open_page(TALL)
    said = ScrollAt(driver, Grid((1120, 896), (1000, 1000)))(500, 500, 100, 500)
    assert said == "Scrolled the page 500 down and 100 right. Left: 1848 down, 500 up, 686 right, 100 left."
    assert at(driver)[:2] == [112, 448]


def test_lists_that_begin_at_their_end(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<div aria-label=Chat role=log style='display:flex;flex-direction:column-reverse;height:200px;overflow:auto'>"
        "<p style='min-height:900px;margin:0'>Talk</div>"
        "<div aria-label=Board role=region dir=rtl style='width:300px;overflow:auto'><p style='width:900px'>x</div>"
    )
    scroll = ScrollAt(driver)
    assert scroll(100, 100, 0, -300) == "Scrolled log 'Chat' 300 up. Left: 300 down, 400 up."
    assert scroll(150, 240, -100, 0) == "Scrolled region 'Board' 100 left. Left: 100 right, 500 left."


@pytest.mark.parametrize("body", ["", "<style>html{overflow:hidden}</style>", "<style>body{overflow:hidden}</style>"])
def test_a_page_that_does_not_scroll(driver: WebDriver, open_page: Open, body: str) -> None:
    open_page(body + ("<p style='height:3000px'>" if body else "<p>short"))
    assert ScrollAt(driver)(200, 300, 0, 120) == "Nothing at (200, 300) can be scrolled down."


def test_what_makes_no_sense_is_an_error(driver: WebDriver, open_page: Open) -> None:
    open_page(TALL)
    scroll = ScrollAt(driver)
    with pytest.raises(ValueError, match="scroll_at needs a distance"):
        scroll(5, 5, 0, 0)
    for value in ("5", None, True, float("nan"), 10**9):
        with pytest.raises(ValueError, match="dx and dy must be numbers"):
            scroll(5, 5, 0, value)
    with pytest.raises(ValueError, match="is outside of the picture, which is 1120 pixels wide"):
        scroll(5, 5000, 0, 100)
    assert at(driver)[1] == 0
