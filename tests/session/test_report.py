"""The report: what it shows, that nothing of a page or a model runs in it, that it reads the session's files alone."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pictures import png
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from servers import Site
from typer import Typer
from typer.testing import CliRunner

from webagent import ConfigurationError, StepRecord, Usage, read_session
from webagent.browser import Browser
from webagent.commands.show import show
from webagent.demo.run import SESSION
from webagent.demo.shop import Shop
from webagent.session.format import Act, PageRecord, Reused
from webagent.session.named import NotUsable
from webagent.session.recorder import Recorder
from webagent.session.report import render_report, write_report
from webagent.session.report.pictures import Album

ATTACK = """</script></style></title></textarea>--><script>window.pwned = 1</script>
<img src=x onerror="window.pwned = 2">
<svg onload='window.pwned = 3'>" onmouseover="window.pwned = 4" x=' autofocus onfocus='window.pwned = 5'
{{ 7 * 7 }}{% raw %}&lt;b&gt;<iframe srcdoc="<script>parent.pwned = 6</script>"></iframe>
<base href="http://x.invalid/">"""

Open = Callable[[str], WebDriver]


def picture(colour: str = "white", size: tuple[int, int] = (1120, 896)) -> bytes:
    return png(colour, size)


def step(number: int, **what: Any) -> StepRecord:
    usual = {
        "url": "https://shop.example/",
        "title": "Shop",
        "reply": f"Thought: Now {number}.\n<code>\nclick('Men')\n</code>",
        "code": "click('Men')",
        "observation": "Page: Shop",
        "usage": Usage(input_tokens=1000, output_tokens=20),
    }
    return StepRecord(step=number, started=datetime.now(UTC), seconds=2.5, **{**usual, **what})


@contextmanager
def recording(folder: Path, **how: Any) -> Iterator[Recorder]:
    how = {"task": "Find a lamp.", "model": "openai/x", "settings": {"max_steps": 3}, **how}
    ends = how.pop("ends", {"outcome": "answered", "reason": None, "answer": "A lamp, 12 euros"})
    recorder = Recorder(folder, **how)
    recorder.opened(PageRecord(url="https://shop.example/", title="Start"), picture())
    yield recorder
    recorder.close(**ends)


def rendered(recorder: Recorder) -> str:
    return render_report(read_session(recorder.folder))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site({"/favicon.ico": (204, {}, b"")}) as site:
        yield site


@pytest.fixture
def open_report(browser: Browser, site: Site) -> Iterator[Open]:
    """Open a report in a window of 1120 x 896; anything the browser asks for beside it is in `site.seen`."""
    driver = browser.driver

    def open_it(html: str) -> WebDriver:
        site.pages["/"] = html
        driver.get("about:blank")
        site.seen.clear()
        driver.get(site.url)
        return driver

    yield open_it
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    set_size(driver, 1120, 896)


def set_size(driver: WebDriver, width: int, height: int) -> None:
    how = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", how)


def current(driver: WebDriver) -> list[str]:
    """The step marked as the current one, by its place and by its link, and the one in focus."""
    script = """return [document.querySelector('.step[data-current]')?.id,
        document.querySelector('.strip [aria-current]')?.hash.slice(1), document.activeElement.id]"""
    return list(driver.execute_script(script))


LINKS = ["Men", "Women", "Kids", "Journal", "Contact"]


@pytest.fixture(scope="module")
def visit(browser: Browser, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session with pictures of the demo shop: a click on each of the links, and a step that changes nothing."""
    recorder = Recorder(tmp_path_factory.mktemp("sessions"), task="Look around.", model="openai/x", settings={})
    browser.open(shop.url)
    recorder.opened(PageRecord(url=shop.url), browser.look().png)
    browser.gate.new_acts()
    for number, name in enumerate(LINKS, 1):
        browser.gate.attach("worker").find_element(By.LINK_TEXT, name).click()
        page = browser.look()
        acts = [Act(**asdict(act)) for act in browser.gate.new_acts()]
        recorder.step(step(number, title=page.title, url=page.url, acts=acts), page.png)
    recorder.step(step(len(LINKS) + 1, final=True), page.png, unchanged=True)
    recorder.close(outcome="answered", reason=None, answer="Five sections")
    return recorder.folder


def test_a_recorded_run_is_shown_in_at_most_one_and_a_half_times_its_pictures(
    visit: Path, open_report: Open, site: Site
) -> None:
    html = render_report(read_session(visit))
    pictures = list((visit / "screenshots").iterdir())
    assert len(html.encode()) <= 1.5 * sum(one.stat().st_size for one in pictures)
    assert html.count("data:image/png") == len(pictures), "each is there once, wherever it is shown"
    driver = open_report(html)
    text = driver.find_element(By.TAG_NAME, "body").text
    for said in ("Answered", "Five sections", "6,000 in, 120 out", "Now 3.", "click('Men')", "Page: Shop"):
        assert said in text
    assert len(driver.find_elements(By.CSS_SELECTOR, ".step")) == 6
    marked = driver.find_elements(By.CSS_SELECTOR, "#step-2 .before .mark.line rect")
    assert len(marked) == 1, "where it clicked is drawn"
    drawn = driver.execute_script(
        "return [...document.querySelectorAll('.picture use')].every(use => use.getBoundingClientRect().width > 99)"
    )
    assert drawn, "every picture is loaded and has its size"
    assert set(site.seen) <= {"/", "/favicon.ico"}, "nothing else is asked for"


def test_the_keyboard_goes_from_step_to_step(visit: Path, open_report: Open) -> None:
    driver = open_report(render_report(read_session(visit)))
    assert current(driver)[0] is None
    expected = {
        Keys.ARROW_RIGHT: "step-1", "j": "step-2", Keys.ARROW_RIGHT * 2: "step-4", Keys.ARROW_LEFT: "step-3",
        "k": "step-2", "k" * 9: "step-1", "j" * 20: "step-6", Keys.ARROW_LEFT * 2: "step-4",
    }  # fmt: skip
    for keys, name in expected.items():
        ActionChains(driver).send_keys(keys).perform()
        assert current(driver) == [name] * 3
        top = driver.execute_script("return document.activeElement.getBoundingClientRect().top")
        assert name == "step-6" or 100 < top < 140, "below the strip"
    ActionChains(driver).key_down(Keys.CONTROL).send_keys("j").key_up(Keys.CONTROL).perform()
    assert current(driver)[0] == "step-4", "a browser's own keys are left to it"
    driver.find_element(By.CSS_SELECTOR, ".strip a[href='#step-3']").click()
    assert current(driver) == ["step-3"] * 3


def test_a_picture_can_be_enlarged_and_put_away_by_keyboard(visit: Path, open_report: Open) -> None:
    driver = open_report(render_report(read_session(visit)))
    zoom = driver.find_element(By.CSS_SELECTOR, "#step-1 .zoom")
    zoom.send_keys(Keys.ENTER)
    large = driver.find_element(By.CSS_SELECTOR, "dialog[open] .picture")
    assert large.rect["width"] > zoom.rect["width"]
    ActionChains(driver).send_keys(Keys.ESCAPE).perform()
    assert not driver.find_elements(By.CSS_SELECTOR, "dialog[open]")


def test_on_a_phone_in_the_dark_and_in_print(visit: Path, open_report: Open) -> None:
    driver = open_report(render_report(read_session(visit)))
    set_size(driver, 390, 844)
    driver.refresh()
    assert driver.execute_script("return document.documentElement.scrollWidth") == 390
    columns = driver.execute_script("return getComputedStyle(document.querySelector('.parts')).gridTemplateColumns")
    assert len(columns.split()) == 1
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = driver.execute_script(ground)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    assert driver.execute_script(ground) != light
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {**dark, "media": "print"})
    shown = "return [...document.querySelectorAll(arguments[0])].filter(one => one.checkVisibility()).length"
    assert driver.execute_script(shown, ".step") == 6
    assert driver.execute_script(shown, ".strip") == 0
    assert driver.execute_script(ground) == "rgb(255, 255, 255)"
    printed = b64decode(driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"])
    assert printed.count(b"/Subtype /Image") + printed.count(b"/Subtype/Image") >= len(LINKS) + 1


def test_nothing_that_a_page_or_a_model_says_runs(tmp_path: Path, open_report: Open, site: Site) -> None:
    attacked = {
        "url": f"https://a.example/?{ATTACK}",
        "title": ATTACK,
        "reply": f"{ATTACK}<code>{ATTACK}</code>",
        "code": f"print('''{ATTACK}''')\n# {ATTACK}",
        "observation": ATTACK,
        "error": ATTACK,
    }
    ends = {"outcome": ATTACK, "reason": ATTACK, "answer": {ATTACK: [ATTACK]}}
    how = {"task": ATTACK, "url": ATTACK, "model": ATTACK, "settings": {ATTACK: ATTACK}, "versions": {ATTACK: ATTACK}}
    with recording(tmp_path, ends=ends, **how) as recorder:
        recorder.info.images = [f"{ATTACK}.png", "x' onerror='window.pwned = 7.png"]
        recorder.info.reused = Reused(session=ATTACK, steps=1)
        recorder.step(step(1, **attacked, acts=[Act(kind=ATTACK, x=5, y=5)]), picture("blue"))
        recorder.step(step(2, **{**attacked, "url": "javascript:window.pwned=8"}, dialog=ATTACK), None)
        recorder.step(step(3, **{**attacked, "url": "\tJaVaScRiPt:window.pwned=9"}), None)
        recorder.step(step(4, **{**attacked, "url": "data:text/html,<script>opener.pwned=1</script>"}), None)
        recorder.step(step(5, url="https://a.example/?q=1&b=2"), None)
        lines = recorder.folder / "steps.jsonl"
    written = [json.loads(line) for line in lines.read_text().splitlines()]
    written[1]["screenshot"] = f"screenshots/{ATTACK}.png"
    lines.write_text("".join(json.dumps(line) + "\n" for line in written))
    html = rendered(recorder)
    driver = open_report(html)
    for keys in ("j", "j", Keys.TAB, Keys.TAB, Keys.ENTER):
        ActionChains(driver).send_keys(keys).perform()
    found = driver.execute_script("""return {pwned: window.pwned ?? null, scripts: document.scripts.length,
        made: document.querySelectorAll('img, iframe, base, object, embed, link, input, textarea').length,
        handlers: [...document.querySelectorAll('*')].filter(
            one => [...one.attributes].some(name => name.name.startsWith('on'))).length,
        links: [...document.querySelectorAll('a.url')].map(link => [link.protocol, link.rel, link.target])}""")
    safe = ["https:", "noopener noreferrer", "_blank"]
    assert found == {"pwned": None, "scripts": 1, "made": 0, "handlers": 0, "links": [safe] * len(found["links"])}
    assert "javascript:" in driver.find_element(By.ID, "step-2").text, "it is shown as text"
    assert "49" not in driver.find_element(By.TAG_NAME, "h1").text, "no template is read from it"
    assert set(site.seen) <= {"/", "/favicon.ico"}
    # Were an escape missing, the page's policy would still keep it from running.
    open_report(
        html.replace("</main>", "<script>window.pwned = 1</script><img src=/x onerror='window.pwned = 2'></main>")
    )
    assert driver.execute_script("return window.pwned ?? null") is None
    assert "/x" not in site.seen


def test_marks_are_drawn_on_the_picture_that_the_model_saw(tmp_path: Path, open_report: Open) -> None:
    acts = [
        Act(kind="click", x=100, y=200, width=300, height=50),
        Act(kind="drag", x=500, y=500),
        Act(kind="drag", x=700, y=600, width=4, height=4),
        Act(kind="click", x=1e300, y=1),
        Act(kind="click", x=5, y=-1e300),
        Act(kind="click", x=9000, y=1),
        Act(kind="type", x=-50, y=-50, width=1e9, height=1e9),
    ]
    with recording(tmp_path) as recorder:
        recorder.step(step(1, acts=acts), picture("blue"))
        recorder.step(step(2), picture("blue"), unchanged=True)
    lines = recorder.folder / "steps.jsonl"
    lines.write_text(lines.read_text().replace("1e300", "NaN").replace("1e+300", "NaN").replace("-NaN", "-Infinity"))
    assert "NaN" in lines.read_text()
    driver = open_report(rendered(recorder))
    script = """const on = document.querySelector(arguments[0] + ' svg.picture'); return on && {
        rects: [...on.querySelectorAll('.line rect')].map(r => [r.x, r.y, r.width, r.height].map(v => v.baseVal.value)),
        circles: on.querySelectorAll('.line circle:not(.dot)').length, lines: on.querySelectorAll('.line line').length,
        labels: [...on.querySelectorAll('.label')].map(label => label.textContent),
        picture: on.querySelector('use').href.baseVal}"""
    first = driver.execute_script(script, "#step-1 .before")
    assert first["rects"] == [[100, 200, 300, 50], [0, 0, 1120, 896]]
    assert (first["circles"], first["lines"]) == (2, 1)
    assert first["labels"] == ["1 click", "2 drag", "3 drag", "4 type"]
    after = driver.execute_script(script, "#step-1 .after")
    assert (after["labels"], after["picture"] != first["picture"]) == ([], True)
    assert driver.execute_script(script, "#step-2 .before")["picture"] == after["picture"]
    assert driver.execute_script(script, "#step-2 .after") is None
    assert "looks the same" in driver.find_element(By.CSS_SELECTOR, "#step-2 .after").text
    labels = driver.execute_script("""
        const edge = document.querySelector('#step-1 .before svg').getBoundingClientRect();
        return [...document.querySelectorAll('#step-1 .before .label')].every(label => {
            const box = label.getBoundingClientRect();
            return box.left >= edge.left - 1 && box.right <= edge.right + 1 && box.top >= edge.top - 6; })""")
    assert labels, "labels stay on the picture"


def test_no_picture_is_read_from_outside_of_the_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture("red", (3, 3)))
    with recording(tmp_path / "sessions") as recorder:
        for number in range(1, 11):
            recorder.step(step(number), None)
    folder = recorder.folder
    (folder / "screenshots" / "link.png").symlink_to(secret)
    (folder / "away").symlink_to(tmp_path)
    (folder / "screenshots" / "inner.png").symlink_to(folder / "screenshots" / "0000.png")
    os.mkfifo(folder / "screenshots" / "pipe.png")
    (folder / "screenshots" / "ring.png").symlink_to("ring.png")
    names = [
        "../../secret.png", str(secret), "screenshots/link.png", "away/secret.png", "screenshots/inner.png",
        "screenshots/pipe.png", "screenshots/ring.png", "screenshots", "nul\0.png", "x" * 5000 + ".png",
    ]  # fmt: skip
    lines = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
    for line, name in zip(lines, names, strict=True):
        line["screenshot"] = name
    (folder / "steps.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    info = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps({**info, "images": [*names, "", ".", "..\\x.png"]}))
    html = rendered(recorder)
    assert html.count("data:image/png") == 1, "that of the first page alone"
    assert html.count("was not read") >= 8


def test_of_a_picture_only_what_is_seen_is_kept_and_all_together_are_bounded(tmp_path: Path) -> None:
    for number, size in enumerate([(300, 200), (300, 200), (301, 200)]):
        noted = PngInfo()
        noted.add_text("note", f"hidden {number}")
        Image.effect_noise(size, 50).save(tmp_path / f"{number}.png", pnginfo=noted)
    first = tmp_path / "0.png"
    (tmp_path / "1.png").write_bytes(first.read_bytes() + b"passed on unseen" * 10_000)
    album = Album(tmp_path, most_bytes=first.stat().st_size)
    shown = b64decode(album.get("0.png").data)
    assert album.get("1.png") is album.get("0.png")
    assert b"hidden" not in shown and b"unseen" not in shown
    with Image.open(BytesIO(shown)) as one, Image.open(first) as other:
        assert ImageChops.difference(one, other).getbbox() is None
    with pytest.raises(NotUsable, match="too large"):
        album.get("2.png")


def test_missing_and_damaged_pictures_are_said(tmp_path: Path, open_report: Open) -> None:
    with recording(tmp_path) as recorder:
        for number in range(1, 5):
            recorder.step(step(number), picture("blue", (20 + number, 20)))
    shots = recorder.folder / "screenshots"
    (shots / "0001.png").unlink()
    (shots / "0002.png").write_bytes((shots / "0002.png").read_bytes()[:-20])
    (shots / "0003.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>window.pwned = 1</script></svg>")
    driver = open_report(rendered(recorder))
    said = [driver.find_element(By.CSS_SELECTOR, f"#step-{n} .after").text for n in (1, 2, 3)]
    assert ["missing" in said[0], "damaged" in said[1], "damaged" in said[2]] == [True] * 3
    assert len(driver.find_elements(By.TAG_NAME, "image")) == 2


def test_a_run_that_was_killed_is_shown_as_far_as_it_came(tmp_path: Path, open_report: Open) -> None:
    recorder = Recorder(tmp_path, task="Find it.", model="openai/x", settings={})
    assert "No step was finished." in open_report(rendered(recorder)).find_element(By.TAG_NAME, "main").text
    recorder.opened(PageRecord(url="https://a.example/"), picture())
    recorder.step(step(1), None)
    with (recorder.folder / "steps.jsonl").open("a") as file:
        file.write('{"step": 2, "star')
    text = open_report(rendered(recorder)).find_element(By.TAG_NAME, "body").text
    for said in ("Not finished", "half written", "1,000 in, 20 out", "No picture was recorded.", "2.5 s"):
        assert said in text
    recorder.close(outcome="failed", reason="The browser died.", answer=None)
    text = open_report(rendered(recorder)).find_element(By.TAG_NAME, "body").text
    assert "Failed" in text
    assert "The browser died." in text


def test_resumed_and_reused_steps_are_marked(tmp_path: Path, open_report: Open) -> None:
    with recording(tmp_path) as recorder:
        recorder.info.resumed = [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)]
        recorder.info.reused = Reused(session="earlier", steps=1, usage=Usage(input_tokens=900, output_tokens=9))
        recorder.step(step(1, reused=True), None)
        recorder.step(step(2, final=True, code=None, reply="Plain words.", dialog="Sure?", observation=None), None)
    driver = open_report(rendered(recorder))
    top = driver.find_element(By.CSS_SELECTOR, ".top").text
    assert "Resumed 2026-01-0" in top
    assert "1 step was taken from earlier (tokens spared: 900 in, 9 out)." in top
    assert "reused" in driver.find_element(By.CSS_SELECTOR, "#step-1 h2").text
    second = driver.find_element(By.ID, "step-2").text
    for said in ("final", "Plain words.", "A dialog was open:\nSure?"):
        assert said in second


def test_what_was_done_first_after_a_resume_is_not_drawn_on_a_picture_from_before(
    tmp_path: Path, open_report: Open
) -> None:
    acts = [Act(kind="click", x=100, y=200, width=300, height=50)]
    with recording(tmp_path) as recorder:
        recorder.step(step(1, acts=acts), picture("blue"))
        recorder.info.resumed = [datetime.now(UTC)]
        recorder.step(step(2, acts=acts), picture("red"))
        recorder.step(step(3, acts=acts), picture("green"))
    driver = open_report(rendered(recorder))
    marked = [driver.find_elements(By.CSS_SELECTOR, f"#step-{n} .before .label") for n in (1, 2, 3)]
    assert list(map(len, marked)) == [1, 0, 1]
    assert "Acted:" not in driver.find_element(By.ID, "step-2").text


def test_a_long_run_with_huge_texts_is_cut_and_quick(tmp_path: Path, open_report: Open) -> None:
    with recording(tmp_path, task="word " * 5000) as recorder:
        for number in range(1, 201):
            text = f"{number} " + "x" * (3_000_000 if number == 7 else 50)
            recorder.step(step(number, observation=text, code=text, reply=text), picture("blue", (20, number)))
    html = rendered(recorder)
    assert len(html) < 3_000_000
    driver = open_report(html)
    assert "2,980,002 more characters are left out" in driver.find_element(By.ID, "step-7").text
    ActionChains(driver).send_keys("j" * 120).perform()
    assert current(driver) == ["step-120"] * 3
    inside = """const [link, strip] = [document.querySelector('[aria-current]'), document.querySelector('.strip ol')]
        .map(one => one.getBoundingClientRect()); return link.left >= strip.left && link.right <= strip.right"""
    assert driver.execute_script(inside), "the strip follows"
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 1120


def test_a_session_without_pictures_is_shown(open_report: Open) -> None:
    driver = open_report(render_report(read_session(SESSION)))
    assert len(driver.find_elements(By.CSS_SELECTOR, ".step")) == 7
    assert not driver.find_elements(By.TAG_NAME, "image")
    assert "There are no pictures" in driver.find_element(By.CSS_SELECTOR, ".top").text
    assert all(link.get_dom_attribute("aria-label") for link in driver.find_elements(By.CSS_SELECTOR, ".strip a"))


def app() -> Typer:
    typer = Typer()
    typer.command()(show)
    return typer


def invoke(*args: object) -> Any:
    return CliRunner().invoke(app(), [str(arg) for arg in args])


def test_show_writes_the_report_into_the_session_and_prints_where(tmp_path: Path) -> None:
    for task in ("One.", "Two."):
        with recording(tmp_path, task=task) as recorder:
            pass
    path = recorder.folder / "report.html"
    path.symlink_to(tmp_path / "elsewhere.html")
    result = invoke("--no-open", "--session-dir", tmp_path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{path}\n", "")
    assert not path.is_symlink()
    assert not (tmp_path / "elsewhere.html").exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "<h1>Two.</h1>" in path.read_text()
    assert sorted(one.name for one in recorder.folder.iterdir()) == [
        "report.html", "screenshots", "session.json", "steps.jsonl",
    ]  # fmt: skip
    again = invoke(recorder.folder.name, "--no-open", "--session-dir", tmp_path, "-o", tmp_path / "mine.html")
    assert (again.stdout, (tmp_path / "mine.html").read_text()) == (f"{tmp_path / 'mine.html'}\n", path.read_text())


def test_what_show_cannot_do_is_one_sentence(tmp_path: Path) -> None:
    empty = invoke("--no-open", "--session-dir", tmp_path / "none")
    assert isinstance(empty.exception, ConfigurationError)
    assert "there are no sessions" in str(empty.exception)
    with recording(tmp_path) as recorder:
        pass
    session = read_session(recorder.folder)
    for path in (tmp_path, tmp_path / "no" / "such.html", Path("/proc/report.html")):
        with pytest.raises(ConfigurationError, match=r"cannot be written \(.+\): name another file with --output"):
            write_report(session, path)
    assert not list(tmp_path.glob(".report-*"))


RUN = "import typer; from webagent.commands.show import show; typer.run(show)"


def test_show_opens_the_report_where_there_is_a_screen(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        pass
    opened = tmp_path / "opened"
    viewer = tmp_path / "viewer"
    viewer.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    viewer.chmod(0o700)
    command = [sys.executable, "-c", RUN, str(recorder.folder)]
    usual = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    usual |= {"BROWSER": f"{viewer} %s", "HOME": tempfile.gettempdir()}
    done = subprocess.run(command, env=usual, capture_output=True, text=True, check=True)
    assert "there is no screen here" in done.stderr
    assert not opened.exists()
    done = subprocess.run(command, env=usual | {"DISPLAY": ":9"}, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert opened.read_text().strip() == (recorder.folder / "report.html").as_uri()
    done = subprocess.run(
        [*command, "--no-open"],
        env=usual | {"DISPLAY": ":9", "BROWSER": "/no/such %s"},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
