"""Acts: what is done to a page and where, as the picture before shows it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.select import Select
from servers import Site

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.acts import MOST_ACTS, Act
from webagent.session import format as session_format
from webagent.tools.pointer import ClickAt

PAGE = """<style>* {box-sizing: border-box} body {margin: 0; height: 5000px}
.at {position: absolute; width: 100px; height: 40px; margin: 0; padding: 0}</style>
<button class=at id=one style="left: 10px; top: 20px">One</button>
<input class=at id=field style="left: 200px; top: 300px">
<select class=at id=list style="left: 300px; top: 20px"><option>First<option>Second</select>
<button class=at id=edge style="left: 1070px; top: 500px">Edge</button>
<button class=at id=low style="left: 50px; top: 2000px">Low</button>
<button class=at id=fixed style="position: fixed; left: 600px; top: 700px">Fixed</button>
<div class=at id=target style="left: 500px; top: 400px">Target</div>"""
ONE = Act("click", 10, 20, 100, 40)

Find = Callable[[str], Any]


@pytest.fixture
def driver(one_tab: Browser) -> WebDriver:
    one_tab.gate.new_acts()
    return one_tab.gate.attach("worker")


@pytest.fixture
def find(one_tab: Browser, driver: WebDriver, open_page: Open) -> Find:
    """The element of that id on `PAGE`, which was looked at."""
    open_page(PAGE)
    one_tab.look()
    return lambda name: driver.find_element(By.ID, name)


@pytest.fixture
def chain(driver: WebDriver) -> ActionChains:
    return ActionChains(driver, duration=0)


def test_acts_have_the_fields_of_the_record() -> None:
    assert session_format.Act(**asdict(ONE)).model_dump() == asdict(ONE)


def test_clicks_and_keys_leave_the_box_of_their_element(one_tab: Browser, find: Find) -> None:
    find("one").click()
    find("field").send_keys("words")
    assert one_tab.gate.new_acts() == [ONE, Act("type", 200, 300, 100, 40)]
    assert one_tab.gate.new_acts() == [], "each is told once"
    find("field").clear()
    assert find("one").rect
    assert one_tab.gate.new_acts() == [], "what is read or cleared is no act"


def test_a_choice_is_a_click_on_its_list(one_tab: Browser, find: Find) -> None:
    Select(find("list")).select_by_visible_text("Second")
    assert one_tab.gate.new_acts() == [Act("click", 300, 20, 100, 40)]


def test_a_box_is_cut_at_the_edge_of_the_picture(one_tab: Browser, find: Find) -> None:
    find("edge").click()
    assert one_tab.gate.new_acts() == [Act("click", 1070, 500, 50, 40)]


def test_one_gesture_is_one_act(one_tab: Browser, find: Find, chain: ActionChains) -> None:
    for gesture in (chain.click, chain.double_click, chain.context_click):
        gesture(find("one")).perform()
        assert one_tab.gate.new_acts() == [ONE]
    chain.move_to_element(find("one")).perform()
    assert one_tab.gate.new_acts() == [Act("move", 10, 20, 100, 40)]
    chain.move_to_element_with_offset(find("target"), 30, -10).click().perform()
    assert one_tab.gate.new_acts() == [Act("click", 580, 410)]
    chain.move_to_element(find("target")).move_by_offset(-10, 10).click().perform()
    assert one_tab.gate.new_acts() == [Act("click", 540, 430)]
    chain.click(find("one")).click(find("target")).perform()
    assert one_tab.gate.new_acts() == [ONE, Act("click", 500, 400, 100, 40)]
    chain.key_down(Keys.SHIFT).key_up(Keys.SHIFT).pause(0).perform()
    assert one_tab.gate.new_acts() == []


def test_a_drag_has_two_ends(one_tab: Browser, find: Find, chain: ActionChains) -> None:
    ends = [Act("drag", 10, 20, 100, 40), Act("drag", 500, 400, 100, 40)]
    chain.drag_and_drop(find("one"), find("target")).perform()
    assert one_tab.gate.new_acts() == ends
    chain.click_and_hold(find("one")).perform()
    chain.move_to_element(find("field")).perform()
    chain.move_to_element(find("target")).release().perform()
    assert one_tab.gate.new_acts() == ends, "in commands of their own, too"


def test_a_point_is_a_point(one_tab: Browser, find: Find, driver: WebDriver) -> None:
    find("one")
    assert ClickAt(one_tab.gate.attach("tool"))(x=33, y=44) == "Clicked button 'One' at (33, 44)."
    assert one_tab.gate.new_acts() == [Act("click", 33, 44)]


def test_what_cannot_be_done_is_no_act(one_tab: Browser, find: Find, driver: WebDriver) -> None:
    one = find("one")
    one_tab.driver.execute_script("document.getElementById('field').style = 'left: 10px; top: 20px; z-index: 1'")
    with pytest.raises(WebDriverException, match="intercepted"):
        one.click()
    driver.refresh()
    with pytest.raises(WebDriverException, match="stale"):
        one.click()
    with pytest.raises(WebDriverException, match="--allow-scripts"):
        driver.execute_script("arguments[0].click()", find("one"))
    driver.switch_to.active_element.send_keys("x")  # the page as a whole
    assert one_tab.gate.new_acts() == []


def test_on_a_page_that_was_scrolled_before_the_picture(one_tab: Browser, find: Find, driver: WebDriver) -> None:
    one_tab.driver.execute_script("scrollTo(0, 1500)")
    one_tab.look()
    find("low").click()
    find("fixed").click()
    assert one_tab.gate.new_acts() == [Act("click", 50, 500, 100, 40), Act("click", 600, 700, 100, 40)]


def test_a_page_may_have_a_variable_of_that_name(one_tab: Browser, open_page: Open) -> None:
    open_page(PAGE + "<script>let scrollY = 0</script>")
    one_tab.driver.execute_script("scrollTo(0, 1500)")
    assert (one_tab.look().view or ())[1:] == (0, 1500)
    one_tab.gate.attach("worker").find_element(By.ID, "low").click()
    assert one_tab.gate.new_acts() == [Act("click", 50, 500, 100, 40)]


def test_after_a_dialog_places_are_those_of_the_picture_before(one_tab: Browser, find: Find, driver: WebDriver) -> None:
    one_tab.driver.execute_script("setTimeout(() => confirm('Sure?'))")
    assert one_tab.look().dialog == "Sure?"
    driver.switch_to.alert.accept()
    find_one = driver.find_element(By.ID, "one")
    find_one.click()
    assert one_tab.gate.new_acts() == [ONE]


def test_places_are_those_of_the_picture_whatever_was_scrolled_since(
    one_tab: Browser, find: Find, driver: WebDriver
) -> None:
    scroll = "window.scrollBy(arguments[0], arguments[1]);"  # helium's
    one_tab.driver.execute_script("scrollTo(0, 1500)")
    one_tab.look()
    driver.execute_script(scroll, 0, 100)
    find("low").click()
    find("fixed").click()
    assert one_tab.gate.new_acts() == [Act("click", 50, 500, 100, 40), Act("click", 600, 700, 100, 40)]
    driver.execute_script(scroll, 0, -1600)
    find("one").click()
    assert one_tab.gate.new_acts() == [], "it was out of the picture"


def test_what_is_done_on_the_next_page_is_not_drawn_on_this_one(one_tab: Browser, open_page: Open, site: Site) -> None:
    driver = one_tab.gate.attach("worker")
    one_tab.gate.new_acts()
    site.pages["/two"] = PAGE
    open_page(
        "<style>a {position: absolute; left: 5px; top: 6px; width: 70px; height: 20px}</style><a href=/two>On</a>"
    )
    one_tab.look()
    driver.find_element(By.CSS_SELECTOR, "a").click()
    driver.find_element(By.ID, "one").click()
    assert one_tab.gate.new_acts() == [Act("click", 5, 6, 70, 20)]
    one_tab.look()
    driver.find_element(By.ID, "one").click()
    driver.get(site.url + "/")
    driver.find_element(By.CSS_SELECTOR, "a").click()
    assert one_tab.gate.new_acts() == [ONE]
    driver.get(site.url + "/two")
    driver.find_element(By.ID, "one").click()
    assert one_tab.gate.new_acts() == []


def test_where_the_picture_was_of_cannot_be_told_of_a_page_that_hides_it(one_tab: Browser, find: Find) -> None:
    one_tab.driver.execute_script("Object.defineProperty(window, 'performance', {get() { throw 1 }})")
    state = one_tab.look()
    assert (state.title, state.view) == ("Test", None)
    find("one").click()
    assert one_tab.gate.new_acts() == []


def test_in_a_frame_the_frames_around_count(one_tab: Browser, open_page: Open, site: Site) -> None:
    site.pages["/inner"] = PAGE
    style = "<style>body {margin: 0} iframe {border: 3px solid; padding: 4px; position: absolute; left: 100px}</style>"
    site.pages["/outer"] = f"{style}<iframe src=/inner width=700 height=600 style='top: 50px'>"
    open_page(f"{style}<iframe src=/outer width=900 height=700 style='top: 20px'>")
    one_tab.look()
    driver = one_tab.gate.attach("worker")
    one_tab.gate.new_acts()
    driver.switch_to.frame(0)
    driver.switch_to.frame(driver.find_element(By.CSS_SELECTOR, "iframe"))
    driver.find_element(By.ID, "one").click()
    builder = ActionBuilder(driver, duration=0)
    builder.pointer_action.move_to_location(7, 8).click()  # type: ignore[no-untyped-call]
    builder.perform()
    assert one_tab.gate.new_acts() == [Act("click", 224, 104, 100, 40), Act("click", 221, 92)]


def test_a_frame_of_another_site_leaves_none(one_tab: Browser, open_page: Open, site: Site) -> None:
    site.pages["/inner"] = PAGE + "<script>one.onclick = () => document.title = 'clicked'</script>"
    open_page(f"<iframe src={site.url.replace('127.0.0.1', 'localhost')}/inner width=700 height=600>")
    one_tab.look()
    driver = one_tab.gate.attach("worker")
    one_tab.gate.new_acts()
    driver.switch_to.frame(0)
    driver.find_element(By.ID, "one").click()
    assert one_tab.gate.new_acts() == []
    assert one_tab.driver.execute_script("return document.title") == "clicked"


def test_a_click_that_opens_a_dialog_is_an_act_and_nothing_is_asked_while_it_is_open(
    one_tab: Browser, find: Find, driver: WebDriver
) -> None:
    one_tab.driver.execute_script("document.getElementById('one').onclick = () => alert('Hello')")
    one, field = find("one"), find("field")
    one.click()
    with pytest.raises(WebDriverException, match="alert"):
        field.send_keys("x")
    assert one_tab.gate.new_acts() == [ONE]
    assert one_tab.dismiss_dialog() == "Hello"


LIES = [
    "() => ({left: NaN, top: 1, width: 5, height: 5})",
    "() => ({left: 1, top: 1, width: 1e99, height: Infinity})",
    "() => ({left: 'x', top: 1, width: 5, height: 5})",
    "() => ({left: [1], top: {}, width: 5, height: 5})",
    "() => ({left: 1, top: 1, width: -5, height: 5})",
    "() => null",
    "() => { throw new Error('no') }",
    "() => ({left: 9e9, top: 1, width: 5, height: 5})",
]


@pytest.mark.parametrize("lie", LIES)
def test_what_a_page_says_of_a_box_is_numbers_or_nothing(one_tab: Browser, find: Find, lie: str) -> None:
    field = find("field")
    one_tab.driver.execute_script(f"arguments[0].getBoundingClientRect = {lie}", field)
    with suppress(WebDriverException):  # the driver itself asks the page
        field.send_keys("x")
    assert one_tab.gate.new_acts() == []


def test_a_box_that_a_page_makes_up_ends_with_the_picture(one_tab: Browser, find: Find) -> None:
    field = find("field")
    lie = "() => ({left: -1e9, top: -50, width: 1e10, height: 1e10})"
    one_tab.driver.execute_script(f"arguments[0].getBoundingClientRect = {lie}", field)
    field.send_keys("x")
    assert one_tab.gate.new_acts() == [Act("type", 0, 0, 1120, 896)]


@pytest.mark.slow
def test_a_page_that_breaks_javascript_or_does_not_answer_leaves_none_and_holds_nothing_up(
    one_tab: Browser, find: Find
) -> None:
    one, field = find("one"), find("field")
    slow = "() => { const t = Date.now(); while (Date.now() < t + 700); return {left: 0, top: 0, width: 9, height: 9} }"
    one_tab.driver.execute_script(f"arguments[0].getBoundingClientRect = {slow}", one)
    one.click()
    field.send_keys("x")
    assert one_tab.gate.new_acts() == [], "a page that hung once is not asked again in that step"
    one_tab.driver.execute_script("Array.prototype.push = () => { throw 1 }; window.Array = null")
    field.send_keys("y")
    assert one_tab.gate.new_acts() == []
    assert field.get_property("value") == "xy"


def test_only_so_many_are_kept(one_tab: Browser, find: Find, chain: ActionChains) -> None:
    one, target = find("one"), find("target")
    for _ in range(MOST_ACTS // 2 - 1):
        chain.click(one).click(target)
    chain.perform()
    for _ in range(3):
        one.click()
    assert len(one_tab.gate.new_acts()) == MOST_ACTS
    one.click()
    assert one_tab.gate.new_acts() == [ONE]
