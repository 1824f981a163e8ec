"""helium in several frames and tabs, and with dialogs."""

from collections.abc import Iterator

import pytest
from servers import Site

from webagent.browser import Browser
from webagent.sandbox.executor import ActionFailed, WorkerExecutor

OUTER = """<!doctype html><title>Outer</title><script>window.seen = []</script>
<button onclick="seen.push('top')">Top</button><input id=i placeholder="Outside">
<button onclick="seen.push('outer same')">Same</button>
<iframe src=/a></iframe><iframe src=/b></iframe>"""
A = """<button onclick="parent.seen.push('a')">In A</button>
<button onclick="parent.seen.push('a same')">Same</button>"""
B = """<iframe src=/c></iframe><input id=i placeholder="In B">"""
C = """<button onclick="parent.parent.seen.push('c')">In C</button>"""


@pytest.fixture
def framed(on_page: WorkerExecutor, browser: Browser, site: Site) -> WorkerExecutor:
    site.pages |= {"/outer": OUTER, "/a": A, "/b": B, "/c": C}
    browser.driver.get(site.url + "/outer")
    return on_page


@pytest.fixture
def tabs(on_page: WorkerExecutor, browser: Browser, site: Site) -> Iterator[WorkerExecutor]:
    for name in ("Shop - Basket", "Shop", "Your Basket"):
        site.pages["/" + name.replace(" ", "")] = f"<title>{name}</title>{name}"
        browser.driver.switch_to.new_window("tab")
        browser.driver.get(site.url + "/" + name.replace(" ", ""))
    yield on_page
    for handle in browser.driver.window_handles[1:]:
        browser.driver.switch_to.window(handle)
        browser.driver.close()
    browser.driver.switch_to.window(browser.driver.window_handles[0])


def seen(browser: Browser) -> list[str]:
    browser.driver.switch_to.default_content()
    return list(browser.driver.execute_script("return seen"))


def failure(executor: WorkerExecutor, code: str) -> str:
    with pytest.raises(ActionFailed) as failed:
        executor(code)
    return str(failed.value)


def test_one_frame_after_another_can_be_acted_in(framed: WorkerExecutor, browser: Browser) -> None:
    framed('click("Top")\nclick("In A")\nclick("In C")\nclick("Top")\nclick("In A")')
    assert seen(browser) == ["top", "a", "c", "top", "a"]
    framed('write("x", into="In B")\nwrite("y", into="Outside")')
    values = "return [document.getElementById('i').value, frames[1].document.getElementById('i').value]"
    browser.driver.switch_to.default_content()
    assert browser.driver.execute_script(values) == ["y", "x"]


def test_each_of_several_in_different_frames_is_acted_on_in_its_own(framed: WorkerExecutor, browser: Browser) -> None:
    logs = framed('for one in find_all(Button("Same")):\n    click(one)\nclick("Same")').logs
    assert seen(browser)[:2] == ["outer same", "a same"]
    assert "2 elements matched" in logs


def test_a_frame_that_is_replaced_meanwhile_is_no_harm(framed: WorkerExecutor, browser: Browser) -> None:
    framed('click("In A")')
    browser.driver.switch_to.default_content()
    browser.driver.execute_script("document.querySelector('iframe').remove()")
    assert "There is no 'In A' on the page" in failure(framed, 'click("In A")')
    framed('click("In C")')
    assert seen(browser) == ["a", "c"]


@pytest.mark.parametrize(
    ("sought", "title"),
    [("Shop", "Shop"), ("shop -", "Shop - Basket"), ("Your", "Your Basket"), ("BASKET", "Your Basket")],
)
def test_a_tab_is_found_by_a_part_of_its_title(tabs: WorkerExecutor, browser: Browser, sought: str, title: str) -> None:
    tabs(f"switch_to({sought!r})")
    assert browser.driver.title == title


def test_a_tab_that_is_not_there_is_told_with_those_that_are(tabs: WorkerExecutor) -> None:
    said = failure(tabs, 'switch_to("Checkout")')
    assert said.startswith("There is no tab titled 'Checkout'; there are ")
    for title in ("'Shop - Basket'", "'Shop'", "'Your Basket'", "'Page'"):
        assert title in said


def test_a_dialog_that_is_not_there_is_told(on_page: WorkerExecutor) -> None:
    assert failure(on_page, "Alert().accept()") == "No dialog is open."
    assert failure(on_page, 'Alert("Sure").text') == "No dialog that begins with 'Sure' is open."


def test_what_did_not_come_about_is_told(on_page: WorkerExecutor) -> None:
    said = failure(on_page, 'wait_until(Text("Never").exists, timeout_secs=0.3)')
    assert said == "What was waited for did not come about in time."
