"""double_click_at, right_click_at, hover_at and drag_at."""

import pytest
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.grid import Grid
from webagent.tools.pointer import DoubleClickAt, DragAt, HoverAt, RightClickAt

LISTEN = (
    "<style>body{margin:0} button{position:absolute;left:100px;top:50px;width:80px;height:30px}</style>"
    "<button>Save</button><script>window.seen = [];"
    "for (const kind of ['dblclick','contextmenu','mouseover','click']) addEventListener(kind, e => {"
    "e.preventDefault(); seen.push([e.type, e.clientX, e.clientY, e.isTrusted]) })</script>"
)
THOUSAND = Grid((1120, 896), (1000, 1000))


def test_a_double_click_is_one(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN)
    assert DoubleClickAt(driver)(140, 65) == "Double-clicked button 'Save' at (140, 65)."
    assert [kind for kind, *_ in driver.execute_script("return seen")] == ["mouseover", "click", "click", "dblclick"]
    assert driver.execute_script("return seen.at(-1)") == ["dblclick", 140, 65, True]


def test_a_right_click_opens_the_pages_own_menu(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN)
    assert RightClickAt(driver)(140, 65) == "Right-clicked button 'Save' at (140, 65)."
    assert driver.execute_script("return seen.at(-1)") == ["contextmenu", 140, 65, True]


def test_the_pointer_is_led_and_stays(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN)
    assert HoverAt(driver, THOUSAND)(125, 72.5) == "The pointer is over button 'Save' at (125, 72.5)."
    assert driver.execute_script("return seen") == [["mouseover", 140, 64, True]]
    assert driver.execute_script("return document.querySelector('button').matches(':hover')") is True


def test_a_dialog_that_opens_under_the_pointer_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page("<div style='height:99px' onmouseover=\"alert('Hey')\">Over</div>")
    assert " A dialog opened: Hey" in HoverAt(driver)(20, 20)
    for tool in (HoverAt(driver), DoubleClickAt(driver), RightClickAt(driver)):
        with pytest.raises(RuntimeError, match="A dialog is open: Hey"):
            tool(20, 20)
    driver.switch_to.alert.dismiss()


@pytest.mark.parametrize("tool", [DoubleClickAt, RightClickAt, HoverAt])
def test_outside_of_the_picture_nothing_is_done(driver: WebDriver, open_page: Open, tool: type[HoverAt]) -> None:
    open_page(LISTEN)
    with pytest.raises(ValueError, match="is outside of the picture, which is 1120 pixels wide and 896 high"):
        tool(driver)(1200, 5)
    with pytest.raises(ValueError, match=f"^{tool.name} takes numbers for x and y"):
        tool(driver)("a", 5)
    assert driver.execute_script("return seen") == []


BOXES = """<style>body{margin:0;user-select:none} div{position:absolute;width:100px;height:60px;background:#ddd}</style>
<div id=a style='left:50px;top:50px'>From</div><div id=b style='left:400px;top:300px'>To</div>
<script>window.seen = []; for (const kind of ['pointerdown','pointermove','pointerup'])
addEventListener(kind, e => seen.push([e.type, e.clientX, e.clientY, e.isTrusted, e.buttons]))</script>"""


def test_a_drag_is_a_press_many_moves_and_a_release(driver: WebDriver, open_page: Open) -> None:
    open_page(BOXES)
    said = DragAt(driver)(100, 80, 450, 330)
    assert said == "Dragged div 'From' from (100, 80) to (450, 330), where there was div 'To'."
    seen = driver.execute_script("return seen")
    down = [kind for kind, *_ in seen].index("pointerdown")
    assert seen[down] == ["pointerdown", 100, 80, True, 1]
    assert seen[-1] == ["pointerup", 450, 330, True, 0]
    moves = seen[down + 1 : -1]
    assert len(moves) >= 8
    assert {(kind, trusted, buttons) for kind, _, _, trusted, buttons in moves} == {("pointermove", True, 1)}
    assert 1 <= moves[0][1] - 100 <= 10  # the first one is short


def test_a_drag_begins_where_the_pointer_is_unless_told(driver: WebDriver, open_page: Open) -> None:
    open_page(BOXES)
    HoverAt(driver)(100, 80)
    said = DragAt(driver, THOUSAND)(None, None, 500, 500)
    assert said.startswith("Dragged div 'From' from (89.2857, 89.2857) to (500, 500), where there was ")
    assert driver.execute_script(
        "return [seen.find(e => e[0] == 'pointerdown'), seen.at(-1)].map(e => e.slice(1, 3))"
    ) == [
        [100, 80],
        [560, 448],
    ]
    with pytest.raises(ValueError, match="drag_at needs to_x and to_y"):
        DragAt(driver)(1, 1, None, None)
    with pytest.raises(ValueError, match="drag_at takes numbers for x and y, not None"):
        DragAt(driver)(1, None, 5, 5)


def test_text_is_marked_and_slid_with_a_drag(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<style>body{margin:0}</style><p style='font:20px monospace;margin:0;width:max-content'>one two three</p>"
        "<input type=range min=0 max=100 value=0 style='position:absolute;left:100px;top:200px;width:200px;margin:0'>"
    )
    DragAt(driver)(0, 12, 36, 12)
    assert driver.execute_script("return getSelection().toString()") == "one"
    DragAt(driver)(106, 208, 200, 208)
    assert 45 <= int(driver.execute_script("return document.querySelector('input').value")) <= 55


def test_a_click_within_a_frame_is_told_by_what_is_there(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = LISTEN
    open_page("<style>body{margin:0}</style><iframe src=/in style='border:5px solid;zoom:2;width:400px;height:200px'>")
    # The button's middle, as the frame is shown twice as large as it is.
    assert HoverAt(driver)(10 + 280, 10 + 130) == "The pointer is over button 'Save' at (290, 140)."
    driver.switch_to.frame(0)
    assert driver.execute_script("return seen.at(-1)") == ["mouseover", 140, 65, True]
