"""click_mark, type_into_mark, select_mark."""

import pytest
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.marks import Marks
from webagent.tools.marks import ClickMark, SelectMark, TypeIntoMark

LISTEN = (
    "<style>body{margin:0}</style><script>window.seen = []; for (const kind of ['mousedown','mouseup','click'])"
    "addEventListener(kind, e => seen.push([e.type, e.clientX, e.clientY, e.isTrusted, e.button]))</script>"
)


@pytest.fixture
def marks() -> Marks:
    return Marks()


def number(marks: Marks, words: str) -> int:
    return next(mark.number for mark in marks.latest.marks if mark.words == words)


def test_a_real_click_and_what_was_clicked(driver: WebDriver, open_page: Open, marks: Marks) -> None:
    open_page(LISTEN + "<button style='position:absolute;left:100px;top:50px;width:80px;height:30px'>Save\x1b</button>")
    marks.find(driver)
    assert ClickMark(driver, marks)(1) == "Clicked 1, button 'Save'."
    assert driver.execute_script("return seen") == [[k, 140, 65, True, 0] for k in ("mousedown", "mouseup", "click")]


def test_what_moved_is_clicked_and_what_went_is_not(driver: WebDriver, open_page: Open, marks: Marks) -> None:
    open_page(
        LISTEN + "<div id=space></div><button onclick='window.hit = 1'>Save</button><p style='height:3000px'></p>"
        "<button>Far</button>"
    )
    marks.find(driver)
    driver.execute_script("space.style.height = '300px'")
    assert ClickMark(driver, marks)(1) == "Clicked 1, button 'Save'."
    assert driver.execute_script("return window.hit") == 1
    driver.execute_script("seen.length = 0; scrollTo(0, 1500)")
    with pytest.raises(
        ValueError, match=r"^Mark 1, button 'Save', is no longer there to be clicked: since the last picture"
    ):
        ClickMark(driver, marks)(1)
    assert driver.execute_script("return seen") == []
    with pytest.raises(ValueError, match="There is no mark 2"):
        ClickMark(driver, marks)(2)


def test_dialogs_and_tabs_that_a_click_opens_are_told(
    driver: WebDriver, open_page: Open, site: Site, marks: Marks
) -> None:
    site.pages["/new"] = "<title>New</title>"
    open_page("<a target=_blank href=/new>Out</a> <button onclick=\"alert('Sure?')\">Ask</button>")
    marks.find(driver)
    said = ClickMark(driver, marks)(2)
    assert said.startswith("Clicked 2, button 'Ask'. A dialog opened: Sure?;")
    with pytest.raises(RuntimeError, match=r"^A dialog is open: Sure\?"):
        ClickMark(driver, marks)(1)
    driver.switch_to.alert.dismiss()
    assert (
        ClickMark(driver, marks)(1)
        == f"Clicked 1, link 'Out'. A new tab opened; now in it: 'New' ({site.url('/new')})."
    )


def test_typing_takes_the_place_of_what_a_field_holds(driver: WebDriver, open_page: Open, marks: Marks) -> None:
    open_page(
        """<script>window.keys = []; addEventListener('keydown', e => keys.push([e.key, e.isTrusted]), true)</script>
        <input aria-label=City value=Rome> <input type=password aria-label=Secret value=old>
        <input maxlength=3 aria-label=Short>
        <div contenteditable aria-label=Rich>before <b>it</b></div> <input type=date aria-label=Day value=2020-01-01>
        <textarea aria-label=Long></textarea> <button>B</button> <select aria-label=Size><option>S</select>
        <input readonly aria-label=Fixed value=x>"""
    )
    marks.find(driver)
    type_into = TypeIntoMark(driver, marks)

    def into(name: str, text: str) -> str:
        words = next(mark.words for mark in marks.latest.marks if mark.name == name)
        return type_into(number(marks, words), text)

    assert into("City", "Köln 😀") == "Typed 'Köln 😀' into 1, textbox 'City'."
    held = driver.execute_script("return [...document.querySelectorAll('input, textarea')].map(e => e.value)")
    assert held == ["Köln 😀", "old", "", "2020-01-01", "", "x"]
    assert driver.execute_script("return keys.at(-2)") == [" ", True]
    assert into("Secret", "s3cret") == "Typed the text into 2, password field 'Secret'."
    assert driver.execute_script("return document.querySelector('[type=password]').value") == "s3cret"
    assert into("Short", "abcdef") == "Typed 'abcdef' into 3, textbox 'Short'. It now holds 'abc'."
    assert into("Rich", "after") == "Typed 'after' into 4, textbox 'Rich'."
    assert driver.execute_script("return document.querySelector('div').innerText.trim()") == "after"
    assert into("Day", "2026-03-05").startswith("Mark 5: ")
    assert driver.execute_script("return document.querySelector('[type=date]').value") == "2026-03-05"
    assert into("Long", "one\ntwo") == "Typed 'one two' into 6, textbox 'Long'."
    assert driver.execute_script("return document.querySelector('textarea').value") == "one\ntwo"
    assert into("City", "") == "Cleared 1, textbox 'City'."
    assert driver.execute_script("return document.querySelector('input').value") == ""
    with pytest.raises(ValueError, match=r"^Mark 7, button 'B', was clicked, and takes no text"):
        into("B", "x")
    with pytest.raises(ValueError, match=r"^Mark 8, combobox 'Size', is chosen in: use select_mark\(8, option\)\.$"):
        into("Size", "S")
    with pytest.raises(ValueError, match=r"^Mark 9, textbox 'Fixed', is read-only: it takes no text\.$"):
        into("Fixed", "y")
    with pytest.raises(ValueError, match="takes a text, not None"):
        into("City", None)  # type: ignore[arg-type]


def test_a_native_list(driver: WebDriver, open_page: Open, site: Site, marks: Marks) -> None:
    site.pages["/in"] = "<select aria-label=Inner onchange='window.heard = this.value'><option>One<option>Two</select>"
    open_page(
        "<select aria-label=Size onchange='window.heard = this.value'>"
        "<option>Small<option>Large<option disabled>None</select>"
        "<iframe src=/in></iframe><iframe id=other></iframe>"
        "<script>other.src = `//localhost:${location.port}/in`</script>"
    )
    driver.execute_async_script("document.readyState === 'complete' ? arguments[0]() : onload = () => arguments[0]()")
    assert len(marks.find(driver).marks) == 3
    select = SelectMark(driver, marks)
    assert "now holds 'Large'" in select(1, "large")
    assert driver.execute_script("return window.heard") == "Large"
    for mark in (2, 3):
        assert select(mark, "Two").startswith(f"Mark {mark}: combobox 'Inner' now holds 'Two'")
        driver.switch_to.frame(mark - 2)
        assert driver.execute_script("return window.heard") == "Two"
        driver.switch_to.default_content()
    with pytest.raises(ValueError, match="has no option 'Huge'; it has 'Small', 'Large'"):
        select(1, "Huge")
    with pytest.raises(ValueError, match="takes the text of an option"):
        select(1, " ")


def test_a_list_that_the_page_draws(driver: WebDriver, open_page: Open, marks: Marks) -> None:
    options = "".join(
        f"<div role=option style='height:30px' onclick='window.chosen = {n}'>Entry {n}</div>" for n in range(40)
    )
    open_page(
        "<style>[role=listbox]{height:120px;overflow:auto}</style>"
        "<div role=combobox tabindex=0 aria-expanded=false aria-controls=list style='width:200px' "
        "onclick='setTimeout(() => list.hidden = !list.hidden, 100)'>Pick one</div>"
        f"<div role=listbox id=list hidden>{options}</div>"
    )
    marks.find(driver)
    assert SelectMark(driver, marks)(1, "Entry 33") == "Clicked option 'Entry 33' for 1, combobox 'Pick one'."
    assert driver.execute_script("return window.chosen") == 33
    # It is open still: the entry is clicked at once.
    assert SelectMark(driver, marks)(1, "entry 2").startswith("Clicked option 'Entry 2'")
    assert driver.execute_script("return window.chosen") == 2
    with pytest.raises(ValueError, match=r"has no option 'None'; it has 'Entry 0', .* and 25 more"):
        SelectMark(driver, marks)(1, "None")


def test_a_thing_in_a_frame_of_another_site_is_clicked(
    driver: WebDriver, open_page: Open, site: Site, marks: Marks
) -> None:
    site.pages["/in"] = LISTEN + "<button>In</button><input aria-label=Field>"
    open_page("<iframe id=other></iframe><script>other.src = `//localhost:${location.port}/in`</script>")
    driver.execute_async_script("document.readyState === 'complete' ? arguments[0]() : onload = () => arguments[0]()")
    marks.find(driver)
    assert ClickMark(driver, marks)(1) == "Clicked 1, button 'In'."
    assert TypeIntoMark(driver, marks)(2, "hello") == "Typed 'hello' into 2, textbox 'Field'."
    driver.switch_to.frame(0)
    assert driver.execute_script("return [seen.length > 2, document.querySelector('input').value]") == [True, "hello"]
