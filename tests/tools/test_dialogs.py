"""answer_dialog, and what a page asks of people that nobody is there to answer."""

import pytest
from memory_site import Open
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.dialogs import AnswerDialog

PAGE = """<script>
window.got = [];
const ask = {
  alert: () => got.push(alert('Saved\\n\\u202e<b>well</b> ' + 'x'.repeat(500))),
  confirm: () => got.push(confirm('Sure?')),
  prompt: () => got.push(prompt('Your name?', 'Ada')),
  silent: () => got.push(confirm('')),
  chain: () => { got.push(confirm('First?')); got.push(confirm('Second?')); },
  busy: () => { got.push(confirm('Busy?')); const end = Date.now() + 500; while (Date.now() < end); alert('At last'); },
};
</script>"""


@pytest.fixture
def tool(driver: WebDriver, open_page: Open) -> AnswerDialog:
    open_page(PAGE)
    return AnswerDialog(driver)


def asked(driver: WebDriver, kind: str) -> None:
    driver.execute_script("document.body.innerHTML = `<button onclick=\"ask['${arguments[0]}']()\">x</button>`", kind)
    driver.find_element("tag name", "button").click()


def got(driver: WebDriver) -> object:
    return driver.execute_script("return got.splice(0)")


def test_every_kind_is_answered_and_what_it_said_is_told(driver: WebDriver, tool: AnswerDialog) -> None:
    asked(driver, "alert")
    said = tool()
    assert said.startswith("Accepted the dialog 'Saved <b>well</b> xxx")
    assert said.endswith("x…'.")
    assert len(said) < 300
    assert got(driver) == [None]
    for kind, how, says, returns in (
        ("confirm", {}, "Accepted the dialog 'Sure?'.", True),
        ("confirm", {"accept": None}, "Accepted the dialog 'Sure?'.", True),
        ("confirm", {"accept": False}, "Dismissed the dialog 'Sure?'.", False),
        ("prompt", {}, "Accepted the dialog 'Your name?'.", "Ada"),
        (
            "prompt",
            {"text": "Bob \u00e9\u4e2d/etc"},
            "Accepted the dialog 'Your name?' with 'Bob \u00e9\u4e2d/etc'.",
            "Bob \u00e9\u4e2d/etc",
        ),
        ("prompt", {"text": ""}, "Accepted the dialog 'Your name?' with ''.", ""),
        ("prompt", {"accept": False}, "Dismissed the dialog 'Your name?'.", None),
        ("silent", {}, "Accepted the dialog without text.", True),
    ):
        asked(driver, kind)
        assert tool(**how) == says
        assert got(driver) == [returns]


def test_a_dialog_that_opens_right_after_is_told(driver: WebDriver, tool: AnswerDialog) -> None:
    again = "; answer it with answer_dialog(accept=True) or answer_dialog(accept=False) first."
    asked(driver, "chain")
    assert tool(accept=False) == f"Dismissed the dialog 'First?'. Another dialog opened: Second?{again}"
    assert tool() == "Accepted the dialog 'Second?'."
    assert got(driver) == [False, True]
    asked(driver, "busy")
    assert tool() == f"Accepted the dialog 'Busy?'. Another dialog opened: At last{again}"
    assert tool() == "Accepted the dialog 'At last'."


def test_an_answer_that_does_not_fit_leaves_the_dialog_open(driver: WebDriver, tool: AnswerDialog) -> None:
    with pytest.raises(RuntimeError, match=r"^No dialog is open: there is nothing to answer\.$"):
        tool()
    asked(driver, "confirm")
    with pytest.raises(ValueError, match=r"^The dialog 'Sure\?' takes no text: answer it without text=\.$"):
        tool(text="yes")
    for how, says in (
        ({"accept": False, "text": "x"}, "takes no text: leave out text"),
        ({"accept": "yes"}, "accept must be True or False, not 'yes'"),
        ({"text": 5}, "text must be what to write into the prompt, not 5"),
        ({"text": "x" * 20_000}, "20,000 characters"),
    ):
        with pytest.raises(ValueError, match=says):
            tool(**how)
    assert driver.switch_to.alert.text == "Sure?"
    assert tool() == "Accepted the dialog 'Sure?'."


def test_an_answer_after_which_the_page_is_left_or_hangs_is_told(
    driver: WebDriver, tool: AnswerDialog, open_page: Open
) -> None:
    driver.execute_script("ask.leave = () => { confirm('Leave?'); location = '/index.html?left'; }")
    asked(driver, "leave")
    assert tool() == "Accepted the dialog 'Leave?'."
    open_page(PAGE)
    driver.execute_script(
        "ask.hang = () => { confirm('Hang?'); while (Date.now() < window.until); }; until = Date.now() + 4000"
    )
    asked(driver, "hang")
    before = driver.timeouts.script
    driver.set_script_timeout(0.5)
    try:
        assert tool() == "Accepted the dialog 'Hang?'."
    finally:
        driver.set_script_timeout(before)
