"""helium as the model's code has it."""

from pathlib import Path

import pytest

from webagent.browser import Browser
from webagent.sandbox.executor import ActionFailed, WorkerExecutor


def failure(executor: WorkerExecutor, code: str) -> str:
    with pytest.raises(ActionFailed) as failed:
        executor(code)
    return str(failed.value)


def test_a_click_and_a_write_reach_the_page(on_page: WorkerExecutor, browser: Browser) -> None:
    on_page('write("Ada", into="Name")\nclick("Save draft")')
    assert browser.driver.title == "saved Save draft"
    assert browser.driver.execute_script("return document.getElementById('name').value") == "Ada"


def test_what_is_not_there_is_told_with_what_is(on_page: WorkerExecutor) -> None:
    assert failure(on_page, 'click("Save it")') == (
        "There is no 'Save it' on the page; there is button 'Save draft', button 'Save and send'."
    )
    assert "There is no Button('Sned') on the page" in failure(on_page, 'click(Button("Sned"))')
    caught = on_page('try:\n    click("Save it")\nexcept LookupError as error:\n    print(error)')
    assert "Save draft" in caught.logs


def test_a_property_of_what_is_not_there_is_told_as_well(on_page: WorkerExecutor) -> None:
    assert "There is no such element on the page" in failure(on_page, 'TextField("No such field").value')


def test_one_of_several_is_said_with_its_number(on_page: WorkerExecutor, browser: Browser) -> None:
    logs = on_page('click(Link("Two"))').logs
    assert logs.startswith("\x1eNote: 2 elements matched; number 1 was taken: <a> 'Two' at (")
    assert browser.driver.title == "Two"


def test_one_alone_is_not_worth_a_note(on_page: WorkerExecutor) -> None:
    assert on_page('click("Save and send")').logs == ""


def test_frames_are_searched_and_acted_in(on_page: WorkerExecutor, browser: Browser) -> None:
    on_page('click("Inside")')
    browser.driver.switch_to.default_content()
    assert browser.driver.title == "framed"
    on_page('write("here", into="In the frame")')
    browser.driver.switch_to.default_content()
    browser.driver.switch_to.frame(0)
    assert browser.driver.execute_script("return document.querySelector('input').value") == "here"
    browser.driver.switch_to.default_content()


@pytest.mark.parametrize("name", ["start_chrome", "start_firefox", "kill_browser", "set_driver"])
@pytest.mark.parametrize("code", ["{}()", "import helium\nhelium.{}()", "from helium import *\n{}()"])
def test_what_would_end_the_run_is_refused(worker: WorkerExecutor, name: str, code: str) -> None:
    assert failure(worker, code.format(name)) == (
        f"{name}() is not available: the browser is already open and ends with the run. Use go_to(url)."
    )


@pytest.mark.parametrize("code", ["attach_file('/etc/hostname', 'Name')", "drag_file('/etc/hostname', 'Name')"])
def test_files_of_this_machine_are_not_given_to_pages(worker: WorkerExecutor, code: str) -> None:
    assert failure(worker, code).endswith("is not available: files of this machine cannot be given to pages.")


def test_quitting_through_the_driver_is_refused(on_page: WorkerExecutor, browser: Browser) -> None:
    assert "The browser belongs to the run" in failure(on_page, "get_driver().quit()")
    assert browser.driver.title == "Page"


def test_a_point_outside_the_picture_is_told(on_page: WorkerExecutor) -> None:
    assert failure(on_page, "click(Point(1120, 3))") == "Point(1120, 3) lies outside the picture, which is 1120x896."


def test_a_pointer_moves_at_once(on_page: WorkerExecutor, browser: Browser) -> None:
    sent: list[dict[str, object]] = []
    execute = browser.gate.execute

    def watch(command: str, params: dict[str, object], _: float) -> dict[str, object]:
        sent.append({"command": command, **params})
        return execute(command, params, "worker")

    assert on_page._driver is not None
    on_page.connect(run=watch, nearest=str, driver=on_page._driver)
    on_page('click("Save and send")')
    moves = [
        action["duration"]
        for one in sent
        if one["command"] == "actions"
        for device in one["actions"]  # type: ignore[attr-defined]
        for action in device["actions"]
        if action["type"] == "pointerMove"
    ]
    assert moves
    assert max(moves) <= 20
    from webagent.browser.candidates import nearest

    on_page.connect(
        run=lambda command, params, _: execute(command, params, "worker"),
        nearest=lambda sought: nearest(browser.driver, sought),
        driver=on_page._driver,
    )


def test_no_file_goes_into_a_file_input(on_page: WorkerExecutor, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("secret")
    browser.driver.execute_script("document.body.innerHTML = '<input type=file id=file>'")
    said = failure(on_page, f'S("#file").web_element.send_keys({str(file)!r})')
    assert "Files of this machine cannot be given to pages." in said
    assert browser.driver.execute_script("return document.getElementById('file').files.length") == 0


def test_a_path_that_is_typed_is_not_uploaded(on_page: WorkerExecutor, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("secret")
    on_page(f'write({str(file)!r}, into="Name")')
    assert browser.driver.execute_script("return document.getElementById('name').value") == str(file)


def test_a_dialog_is_told_and_can_be_answered(on_page: WorkerExecutor, browser: Browser) -> None:
    browser.driver.execute_script("setTimeout(() => { document.title = confirm('Sure?') ? 'yes' : 'no' })")
    on_page('wait_until(Alert("Sure?").exists)')
    assert failure(on_page, 'click("Save draft")') == (
        'A dialog is open: "Sure?". Answer it with Alert().accept() or Alert().dismiss() first.'
    )
    on_page("Alert().accept()")
    assert browser.driver.title == "yes"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ('go_to("http://no-such-host.invalid")', "The page did not open: there is no host of that name."),
        ('go_to("file:///etc/passwd")', "Only pages of the web can be opened"),
        ('S("//[").web_element', "That selector is not valid"),
        ('get_driver().find_element("id", "nope")', "no such element"),
        ('find_all(S("p"))[9]', "IndexError: list index out of range"),
        ('get_driver().switch_to.window("nope")', "That tab is closed."),
    ],
)
def test_errors_are_one_or_two_plain_lines(on_page: WorkerExecutor, code: str, says: str) -> None:
    said = failure(on_page, code)
    assert says in said
    assert len(said.splitlines()) <= 2
    assert "Stacktrace" not in said
    assert "Session info" not in said
    assert "selenium.dev" not in said


def test_an_element_that_is_gone_is_told(on_page: WorkerExecutor) -> None:
    said = failure(on_page, 'element = Button("Save draft").web_element\nrefresh()\nelement.text')
    assert said == "The element is gone: the page has changed since it was found. Find it again."
