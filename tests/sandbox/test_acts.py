"""What helium does in the worker leaves acts at the gate."""

import pytest
from servers import Site

from webagent.browser import Browser
from webagent.browser.acts import Act
from webagent.sandbox.executor import WorkerExecutor

PAGE = """<!doctype html><title>Acts</title><style>body {margin: 0; height: 5000px}
.at {position: absolute; box-sizing: border-box; width: 100px; height: 40px; margin: 0; padding: 0}
iframe {position: absolute; left: 300px; top: 500px; border: 0}</style>
<button class=at style="left: 10px; top: 20px">Go on</button>
<input class=at style="left: 200px; top: 300px" placeholder=Name>
<label class=at style="left: 200px; top: 20px" for=size>Size</label>
<select class=at style="left: 300px; top: 20px" id=size><option>Small<option>Large</select>
<p class=at style="left: 500px; top: 100px">Source</p>
<p class=at style="left: 700px; top: 100px">Target</p>
<p class=at style="left: 500px; top: 200px" draggable=true>Card</p>
<p class=at style="left: 700px; top: 200px" ondrop="document.title = 'dropped'">Pile</p>
<iframe srcdoc="<style>body {margin: 0}</style><button style='width: 80px; height: 30px'>Inside</button>"></iframe>"""
GO_ON = (10, 20, 100, 40)


@pytest.mark.parametrize(
    ("code", "acts"),
    [
        ("click('Go on')", [Act("click", *GO_ON)]),
        ("doubleclick('Go on')", [Act("click", *GO_ON)]),
        ("rightclick(Button('Go on'))", [Act("click", *GO_ON)]),
        ("hover('Go on')", [Act("move", *GO_ON)]),
        ("click(Point(33, 44))", [Act("click", 33, 44)]),
        ("write('Ada', into='Name')", [Act("type", 200, 300, 100, 40)]),
        ("select('Size', 'Large')", [Act("click", 300, 20, 100, 40)]),
        ("drag('Source', to='Target')", [Act("drag", 500, 100, 100, 40), Act("drag", 700, 100, 100, 40)]),
        ("drag('Card', to='Pile')", [Act("drag", 500, 200, 100, 40), Act("drag", 700, 200, 100, 40)]),
        ("drag(Point(10, 90), to=Point(90, 95))", [Act("drag", 10, 90), Act("drag", 90, 95)]),
        ("click('Inside')", [Act("click", 300, 500, 80, 30)]),
        ("scroll_down(15)\nclick('Go on')", [Act("click", *GO_ON)]),
        ("click(TextField('Name'))\npress('x')", [Act("click", 200, 300, 100, 40), Act("type", 200, 300, 100, 40)]),
        ("press(ENTER)", []),
        ("Text('Target').exists()", []),
    ],
)
def test_each_function_leaves_its_acts(
    on_page: WorkerExecutor, browser: Browser, site: Site, code: str, acts: list[Act]
) -> None:
    site.pages["/acts"] = PAGE
    browser.driver.get(site.url + "/acts")
    browser.look()
    browser.gate.new_acts()
    on_page(code)
    assert browser.gate.new_acts() == acts
    if "Card" in code:
        assert browser.driver.title == "dropped"
