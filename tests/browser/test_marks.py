"""find_marks(): on pages written after real ones, all that a person could click is marked, and nothing else.

In `tests/marks_pages`, what could be clicked carries `data-mark`. Each mark's point is pressed by the real mouse, and
the page tells what that landed on.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.support.wait import WebDriverWait
from servers import Page, Site

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.marks import Mark, Marks, PageMarks, find_marks
from webagent.tools.marks import ClickMark, SelectMark, TypeIntoMark

PAGES = Path(__file__).parent.parent / "marks_pages"

BOX = "Element.prototype.getBoundingClientRect"
Real = Callable[[str], WebDriver]


@pytest.fixture
def real_page(one_tab: Browser, site: Site) -> Real:
    """Open one of the pages."""

    def open_it(name: str) -> WebDriver:
        for file in PAGES.iterdir():
            site.pages[f"/{file.name}"] = file.read_text(encoding="utf-8")
        one_tab.driver.get(f"{site.url}/{name}.html")
        one_tab.look()  # frames load on their own
        return one_tab.driver

    return open_it


def pressed(driver: WebDriver, found: PageMarks) -> list[str]:
    """Press the mouse on each mark; return what the page says that it landed on."""
    # Of what is done to Chromium's own players their page hears nothing.
    players = [mark for mark in found.marks if mark.role in {"audio", "video"}]
    others = [mark for mark in found.marks if mark not in players]
    actions = ActionBuilder(driver, duration=0)
    for mark in others:
        actions.pointer_action.move_to_location(*mark.point).click()  # type: ignore[no-untyped-call]
    actions.perform()
    WebDriverWait(driver, 10).until(lambda _: driver.execute_script("return pressed.length") >= len(others))
    names: list[str] = driver.execute_script("return pressed")
    under = "return document.elementFromPoint(...arguments).dataset.mark"
    return names + [driver.execute_script(under, *mark.point) for mark in players]


@pytest.mark.parametrize(
    "name", sorted(page.stem for page in PAGES.glob("*.html") if page.stem not in {"inner", "middle"})
)
def test_all_that_could_be_clicked_is_marked_and_nothing_else(real_page: Real, name: str) -> None:
    driver = real_page(name)
    found = find_marks(driver)
    assert (found.view, found.left_out, found.cut, found.trouble) == ((1120, 896), 0, False, "")
    assert [mark.number for mark in found.marks] == list(range(1, len(found.marks) + 1))
    wanted = driver.execute_script("return wanted()")
    assert len(wanted) > 4
    assert sorted(pressed(driver, found)) == sorted(wanted)
    for mark in found.marks:
        left, top, width, height = mark.box
        assert left - 1 <= mark.point[0] <= left + width
        assert top - 1 <= mark.point[1] <= top + height
        assert 0 <= left <= left + width <= 1120
        assert 0 <= top <= top + height <= 896
    # An unchanged page has the same marks, frames with those of another site too.
    again = find_marks(driver)
    assert [(mark.number, mark.id, mark.box, mark.point) for mark in again.marks] == [
        (mark.number, mark.id, mark.box, mark.point) for mark in found.marks
    ]
    assert driver.execute_script("return window === top")


def test_role_name_state_and_value(one_tab: Browser, open_page: Open) -> None:
    open_page(
        """<label>Mail <input type=email value=a@b.c required></label>
        <input type=password aria-label=Secret value=geheim>
        <input placeholder=Again style='-webkit-text-security: disc' value=geheim2>
        <select aria-label=Size><option>S<option selected>Large one</select>
        <label><input type=checkbox checked> Yes</label> <div role=switch aria-checked=mixed tabindex=0>Half</div>
        <details><summary>More</summary></details> <button aria-expanded=true aria-disabled=true>Menu</button>
        <button aria-pressed=true>Bold</button> <a href=/x target=_blank aria-current=page>Out</a>
        <input type=date aria-label=Day value=2026-03-05> <input type=range aria-label=Loud value=40>
        <p>Wi-Fi <span style='cursor:pointer;background:#ccc'>&nbsp;&nbsp;&nbsp;&nbsp;</span></p>
        <p>Town <input value=Rome readonly></p><div contenteditable data-placeholder=Message>Hi</div>"""
    )
    told = [(mark.words, mark.states, mark.value, mark.field) for mark in find_marks(one_tab.driver).marks]
    assert told == [
        ("textbox 'Mail'", ("required",), "a@b.c", "text"),
        ("password field 'Secret'", (), "(hidden)", "secret"),
        ("textbox 'Again'", (), "(hidden)", "secret"),
        ("combobox 'Size'", (), "Large one", "select"),
        ("checkbox 'Yes'", ("checked",), "", ""),
        ("switch 'Half'", ("partly checked",), "", ""),
        ("button 'More'", ("collapsed",), "", ""),
        ("button 'Menu'", ("expanded", "disabled"), "", ""),
        ("button 'Bold'", ("pressed",), "", ""),
        ("link 'Out'", ("current", "new tab"), "", ""),
        ("date field 'Day'", (), "2026-03-05", "value"),
        ("slider 'Loud'", (), "40", "value"),
        ("clickable beside 'Wi-Fi'", (), "", ""),
        ("textbox beside 'Town'", ("read-only",), "Rome", "text"),
        ("textbox 'Message'", (), "Hi", "text"),
    ]


def test_the_box_is_what_can_be_seen(one_tab: Browser, open_page: Open) -> None:
    cover = "position:fixed;background:#fff"
    open_page(
        "<style>body{margin:0} button{position:absolute;width:200px;height:200px}</style>"
        "<button style='left:0;top:0'>Free</button><button style='left:300px;top:700px'>Cut off below</button>"
        "<button style='left:600px;top:300px'>Half covered</button>"
        f"<div style='left:550px;top:250px;width:150px;height:300px;{cover}'></div>"
        "<div style='position:absolute;left:900px;top:0;width:100px;height:50px;overflow:auto'>"
        "<button>In an area</button></div>"
        f"<div style='left:0;right:0;bottom:0;height:100px;{cover}'>A banner</div>"
    )
    boxes = {mark.name: mark.box for mark in find_marks(one_tab.driver).marks}
    assert boxes["Free"] == (0, 0, 200, 200)
    wanted = {
        "Cut off below": (300, 700, 200, 96),
        "Half covered": (700, 300, 100, 200),
        "In an area": (900, 0, 85, 35),
    }
    for name, box in wanted.items():
        assert all(abs(side - other) <= 3 for side, other in zip(boxes[name], box, strict=True)), (name, boxes[name])


def test_of_too_many_those_above_the_page_and_the_surest_are_numbered(one_tab: Browser, open_page: Open) -> None:
    open_page(
        "<div style='cursor:pointer;float:left'>weak</div>"
        + "<button>b</button>" * 150
        + "<div style='position:fixed;left:500px;top:400px;z-index:2;background:#fff'><a href=/x>Above</a></div>"
    )
    found = find_marks(one_tab.driver)
    assert (len(found.marks), found.left_out) == (100, 52)
    assert [mark.number for mark in found.marks] == list(range(1, 101))
    assert found.marks[-1].words == "link 'Above'"
    assert {mark.role for mark in found.marks[:-1]} == {"button"}


def test_a_mark_is_found_again_where_it_is_now(one_tab: Browser, open_page: Open) -> None:
    open_page("<div id=space></div><button id=a>Save</button><button id=b>Drop</button><p style='height:3000px'>")
    driver, marks = one_tab.driver, Marks()
    save, drop = marks.find(driver).marks
    driver.execute_script("space.style.height = '100px'")
    moved = marks.again(driver, 1)
    assert moved.point[1] > save.point[1] + 90
    # Made anew in the same place, it is the same thing; by another name it is not.
    driver.execute_script("space.style.height = 0; b.outerHTML = b.outerHTML")
    assert marks.again(driver, 2).box == drop.box
    driver.execute_script("a.textContent = 'Send'")
    with pytest.raises(
        ValueError, match=r"^Mark 1 was button 'Save' in the last picture and is button 'Send' now: look"
    ):
        marks.again(driver, 1)
    driver.execute_script("scrollTo(0, 2000)")
    with pytest.raises(
        ValueError, match=r"^Mark 2, button 'Drop', is no longer there to be clicked: since the last picture"
    ):
        marks.again(driver, 2)


def test_a_thing_of_the_same_looks_on_another_page_is_another_thing(one_tab: Browser, open_page: Open) -> None:
    marks = Marks()
    open_page("<button>Buy</button>")
    marks.find(one_tab.driver)
    open_page("<button>Buy</button>", "/other")
    with pytest.raises(ValueError, match="no longer there to be clicked"):
        marks.again(one_tab.driver, 1)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (2, "There is no mark 2 in the last picture: it has 1 to 1"),
        (0, "There is no mark 0"),
        (True, "named by its number in the picture, not by True"),
        ("1", "named by its number in the picture, not by '1'"),
        (1.5, "not by 1.5"),
        (float("nan"), "not by nan"),
        (float("inf"), "not by inf"),
    ],
)
def test_what_is_no_mark_is_an_error_that_says_which_there_are(number: Any, said: str) -> None:
    marks = Marks()
    with pytest.raises(ValueError, match=r"There are no marks in the last picture|named by its number"):
        marks[number]
    marks.latest = PageMarks((Mark(1, (0, 0, 9, 9), (4, 4), "button", "A"),), (100, 100))
    with pytest.raises(ValueError, match=said):
        marks[number]
    assert marks[1].words == "button 'A'"


@pytest.mark.parametrize(
    "breaks",
    [
        "Element.prototype.getAttribute = () => { throw 1 }",
        f"{BOX} = () => ({{left: NaN, top: 'x', right: Infinity, bottom: 1e300, width: 5, height: 5}})",
        f"{BOX} = () => ({{left: -1e9, top: -1e9, right: 1e9, bottom: 1e9, width: 2e9, height: 2e9}})",
        "Document.prototype.elementFromPoint = () => document.body",
        "Array.prototype.map = () => ['x', {a: 1}, [1, 2], [NaN, 1, [0, 0, 1, 1], [-5, 1], {}, [], 1, 'x', null, 3]]",
        "Array.prototype.filter = () => { throw 1 }",
        "Array.prototype[Symbol.iterator] = () => ({next: () => ({done: true})})",
        "WeakMap.prototype.get = () => { throw 1 }; Map.prototype.set = () => {}",
        "for (const key of ['innerWidth', 'performance']) Object.defineProperty(window, key, {get() { throw 1 }})",
        "getComputedStyle = () => { throw 1 }",
        "Object.defineProperty(document, Symbol.for('webagent.marks'), {value: {ids: 5, shown: 'x'}})",
        "for (const key of ['labels', 'type', 'value', 'textContent', 'shadowRoot', 'offsetWidth', 'ownerDocument']) "
        "document.querySelectorAll('*').forEach(e => Object.defineProperty(e, key, {get() { throw new Error(key) }}))",
        "Object.prototype.toJSON = () => 'x'; Symbol.for = () => { throw 1 }",
        "Reflect.apply = () => { throw 1 }",
    ],
)
def test_a_page_that_breaks_javascript_has_marks_or_none_but_no_failure(
    one_tab: Browser, open_page: Open, breaks: str
) -> None:
    open_page(
        "<form><input name=tagName><input name=localName><button name=parentNode>B</button></form>"
        f"<script>{breaks}</script>"
    )
    found = find_marks(one_tab.driver)
    assert isinstance(found, PageMarks)
    for mark in found.marks:
        assert mark.role
        assert all(abs(side) <= 1e6 for side in (*mark.box, *mark.point))


def test_names_of_a_page_are_cleaned_and_cut(one_tab: Browser, open_page: Open) -> None:
    open_page(
        f"<button aria-label='&#27;[31mred&#x202e;\nIgnore {'x' * 5000}'>B</button>"
        f"<i role=button aria-checked='{'y' * 999}'>i"
    )
    first, second = find_marks(one_tab.driver).marks
    assert first.name.startswith("[31mred Ignore xxx")
    assert len(first.name) <= 80
    assert all(len(state) <= 20 for state in second.states)


@pytest.mark.slow
def test_a_huge_page_is_looked_at_in_part_and_soon(one_tab: Browser, open_page: Open) -> None:
    open_page("<script>document.write('<div><a href=/x>x</a></div>'.repeat(50000) + '<i>'.repeat(3000))</script>")
    start = time.monotonic()
    found = find_marks(one_tab.driver)
    assert time.monotonic() - start < 30
    assert found.marks
    assert found.trouble == ""


def test_a_page_that_does_not_answer_has_no_marks_and_says_why(one_tab: Browser, site: Site, open_page: Open) -> None:
    open_page("<button>B</button>")
    driver = one_tab.driver
    before = driver.timeouts
    driver.set_page_load_timeout(1)
    driver.set_script_timeout(1)
    ask = "const ask = new XMLHttpRequest(); ask.open('GET', '/hangs', false); ask.send();"
    try:
        with suppress(TimeoutException):
            driver.execute_script(f"setTimeout(() => {{ {ask} for (;;); }})")
        deadline = time.monotonic() + 60
        while "/hangs" not in site.seen:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        found = find_marks(driver)
        assert (found.trouble, found.marks) == ("the page does not answer", ())
    finally:
        one_tab.look()  # puts another tab in its place
        driver.timeouts = before


def test_an_open_dialog_is_said(one_tab: Browser, open_page: Open) -> None:
    open_page("<button>B</button><script>setTimeout(() => alert(1))</script>")
    WebDriverWait(one_tab.driver, 10).until(lambda driver: driver.switch_to.alert)
    assert find_marks(one_tab.driver) == PageMarks(trouble="a dialog is open")


@pytest.mark.parametrize(
    "page",
    [
        (
            200,
            {"Content-Type": "image/svg+xml"},
            "<svg xmlns='http://www.w3.org/2000/svg'><text y='20'>hello</text></svg>",
        ),
        (200, {"Content-Type": "text/plain"}, "hello"),
        "<frameset cols='*,*'><frame src=/none><frame></frameset>",
    ],
)
def test_a_page_without_things_has_no_marks(one_tab: Browser, open_page: Open, page: Page) -> None:
    open_page(page)
    assert find_marks(one_tab.driver) == PageMarks(view=(1120, 896))


def test_the_judge_lets_tools_find_marks_and_act_on_them(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/in"] = "<input aria-label=Field><select aria-label=Size><option>S<option>L</select>"
    inner = "<iframe id=f></iframe><script>f.src = `//localhost:${location.port}/in`</script>"
    open_page(f"<button onclick='window.hit = 1'>B</button>{inner}<div role=listbox><div role=option>One</div></div>")
    one_tab.look()
    driver, marks = one_tab.gate.attach("tool"), Marks()
    assert [mark.words for mark in marks.find(driver).marks] == [
        *("button 'B'", "textbox 'Field'", "combobox 'Size'", "option 'One'")
    ]
    assert ClickMark(driver, marks)(1) == "Clicked 1, button 'B'."
    assert one_tab.driver.execute_script("return window.hit") == 1
    assert TypeIntoMark(driver, marks)(2, "hello") == "Typed 'hello' into 2, textbox 'Field'."
    assert SelectMark(driver, marks)(3, "L") == "Mark 3: combobox 'Size' now holds 'L'."
    assert SelectMark(driver, marks)(4, "One") == "Clicked option 'One' for 4, option 'One'."
