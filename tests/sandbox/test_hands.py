"""helium as the model's code has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import Site

from webagent.browser import Browser
from webagent.browser.candidates import nearest
from webagent.browser.gate import Gate
from webagent.browser.policy import Policy
from webagent.browser.reach import Reach
from webagent.browser.viewport import Viewport
from webagent.sandbox.executor import ActionFailed, WorkerExecutor


def failure(executor: WorkerExecutor, code: str) -> str:
    with pytest.raises(ActionFailed) as failed:
        executor(code)
    return str(failed.value)


def test_a_click_and_a_write_reach_the_page(on_page: WorkerExecutor, browser: Browser) -> None:
    on_page('write("Ada", into="Name")\nclick("Save draft")')
    assert browser.driver.title == "saved Save draft"
    assert browser.driver.execute_script("return document.getElementById('name').value") == "Ada"


@pytest.mark.slow
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


def test_files_of_this_machine_are_not_given_to_pages(on_page: WorkerExecutor, browser: Browser) -> None:
    browser.driver.execute_script("document.body.innerHTML = '<label>Picture <input type=file id=file></label>'")
    for code in (
        "attach_file('/etc/hostname')",
        "attach_file('/etc/hostname', 'Picture')",
        "attach_file('none', 'Picture')",
    ):
        assert failure(on_page, code) == (
            "The browser refused: Files of this machine cannot be given to pages; "
            "the user may name folders for it (--upload-dir)."
        )
    assert failure(on_page, "drag_file('/etc/hostname', 'Picture')") == (
        "drag_file() is not available: files are not dragged into pages here. "
        "Use attach_file(path) on the page's file input."
    )
    assert browser.driver.execute_script("return document.getElementById('file').files.length") == 0


def test_a_file_of_a_folder_that_the_user_named_is_attached(
    on_page: WorkerExecutor, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_text("a cat")
    browser.driver.execute_script("document.body.innerHTML = '<label>Picture <input type=file id=file></label>'")
    named = Gate(browser.driver, Viewport(1120, 896), Policy(Reach(), upload_dirs=[tmp_path]))
    with judged_by(on_page, browser, named):
        on_page(f"attach_file({str(tmp_path / 'cat.png')!r}, 'Picture')")
        script = "return document.getElementById('file').files[0].text()"
        assert browser.driver.execute_script(script) == "a cat"
        on_page("attach_file('cat.png')")
        assert "no such file in the folders" in failure(on_page, "attach_file('/etc/hostname')")


@contextmanager
def judged_by(worker: WorkerExecutor, browser: Browser, gate: Gate) -> Iterator[None]:
    """Have the worker's commands judged by another gate to the same browser."""
    assert worker._driver is not None
    for by in (gate, browser.gate):
        worker.connect(
            run=lambda command, params, _, by=by: by.execute(command, params, "worker"),  # type: ignore[misc]
            nearest=lambda sought, _: nearest(browser.driver, sought),
            driver=worker._driver,
        )
        if by is gate:
            yield


def test_every_function_of_helium_that_runs_a_script_still_does(on_page: WorkerExecutor, browser: Browser) -> None:
    browser.driver.execute_script("""document.body.style.height = '5000px'
        const target = document.createElement('p')
        target.textContent = 'Target'
        target.ondrop = () => document.title = 'dropped'
        const source = document.createElement('p')
        source.textContent = 'Source'
        source.draggable = true
        document.body.prepend(source, target)""")
    on_page("scroll_down(300)\nscroll_up(100)\nscroll_right(1)\nscroll_left(1)")
    assert browser.driver.execute_script("return scrollY") == 200
    on_page("drag('Source', to='Target')")
    assert browser.driver.title == "dropped"
    on_page("highlight('Target')")
    assert on_page("[Text('Target').x, Button('Save draft').is_enabled(), get_driver().current_url]").output
    assert on_page("get_driver().find_element('id', 'name').is_displayed()").output is True


@pytest.mark.parametrize("asynchronous", ["", "async_"])
def test_a_script_of_ones_own_is_refused(on_page: WorkerExecutor, asynchronous: str) -> None:
    said = failure(on_page, f"get_driver().execute_{asynchronous}script('document.title = 1')")
    assert said == (
        "The browser refused: JavaScript of your own does not run in pages here (the user may allow it with "
        "--allow-scripts); use helium's functions and the tools."
    )


def test_an_address_is_opened_however_it_is_written(on_page: WorkerExecutor, browser: Browser, site: Site) -> None:
    host = site.url.removeprefix("http://")
    site.pages["/next"] = "<title>Next</title>"
    for url in (f"{host}/next?to=http://example.com", f"{host}/next", f" HTTP://{host}\\next"):
        browser.driver.get(site.url)
        on_page(f"go_to({url!r})")
        assert browser.driver.title == "Next"
    on_page("go_to('about:blank')")
    assert browser.driver.current_url == "about:blank"


def test_quitting_through_the_driver_is_refused(on_page: WorkerExecutor, browser: Browser) -> None:
    assert "The browser belongs to the run" in failure(on_page, "get_driver().quit()")
    assert browser.driver.title == "Page"


def test_a_point_outside_the_picture_is_told(on_page: WorkerExecutor) -> None:
    assert failure(on_page, "click(Point(1149, 3))") == "Point(1149, 3) lies outside the picture, which is 1120x896."


def test_a_pointer_moves_at_once(on_page: WorkerExecutor, browser: Browser) -> None:
    sent: list[dict[str, object]] = []
    execute = browser.gate.execute

    def watch(command: str, params: dict[str, object], _: float) -> dict[str, object]:
        sent.append({"command": command, **params})
        return execute(command, params, "worker")

    assert on_page._driver is not None
    on_page.connect(run=watch, nearest=lambda sought, _: sought, driver=on_page._driver)
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
    on_page.connect(
        run=lambda command, params, _: execute(command, params, "worker"),
        nearest=lambda sought, _: nearest(browser.driver, sought),
        driver=on_page._driver,
    )


def test_no_file_goes_into_a_file_input(on_page: WorkerExecutor, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("secret")
    browser.driver.execute_script("document.body.innerHTML = '<input type=file id=file>'")
    said = failure(on_page, f'S("#file").web_element.send_keys({str(file)!r})')
    assert "Files of this machine cannot be given to pages" in said
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
        'A dialog is open: "Sure?". Answer it with answer_dialog(accept=True) or answer_dialog(accept=False) first.'
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
