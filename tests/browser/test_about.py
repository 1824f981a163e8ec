"""What a look tells of a page beside its picture: how far it scrolls, what is in focus."""

from selenium.webdriver.common.by import By
from servers import Site

from browser.conftest import Open
from webagent.browser import Browser

TALL = "<!doctype html><style>body {margin: 0}</style>"


def test_how_far_a_page_can_be_scrolled(one_tab: Browser, open_page: Open) -> None:
    open_page(f"{TALL}<p>short")
    assert (one_tab.look().scroll, one_tab.look().pane) == (None, False)
    open_page(f"{TALL}<div style='height: 3000px; width: 2000px'>tall")
    assert one_tab.look().scroll == (0, 0, 895, 2119)
    one_tab.driver.execute_script("scrollTo(80, 500)")
    assert one_tab.look().scroll == (80, 500, 815, 1619)


def test_a_page_that_scrolls_in_an_area_of_its_own(one_tab: Browser, open_page: Open) -> None:
    open_page(
        f"{TALL}<main id=m style='height: 800px; overflow: auto'><div style='height: 2000px'>rows</div></main>"
        "<aside style='height: 50px; overflow: auto'><p style='height: 500px'>small</aside>"
    )
    one_tab.driver.execute_script("m.scrollTop = 300")
    state = one_tab.look()
    assert (state.scroll, state.pane) == ((0, 300, 0, 900), True)


def test_what_is_in_focus(one_tab: Browser, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<input id=inner aria-label=Inner>"
    open_page(
        "<input id=name placeholder=Name><input id=secret type=password value=hunter2>"
        "<div id=host></div><iframe src=/in></iframe><script>host.attachShadow({mode: 'open'}).innerHTML ="
        "'<button>Deep</button>'</script>"
    )
    driver = one_tab.driver
    assert one_tab.look().focus == ""
    for script, said in (
        ("document.getElementById('name').focus()", "textbox 'Name'"),
        ("host.shadowRoot.querySelector('button').focus()", "button 'Deep'"),
        ("frames[0].document.getElementById('inner').focus()", "textbox 'Inner'"),
    ):
        driver.execute_script(script)
        assert one_tab.look().focus == said
    driver.find_element(By.ID, "secret").click()
    assert "hunter2" not in one_tab.look().focus


def test_a_page_that_breaks_what_it_takes_is_looked_at_all_the_same(one_tab: Browser, open_page: Open) -> None:
    open_page(
        "<form name=activeElement></form><form name=scrollingElement></form><p>text<script>"
        "Object.defineProperty(Element.prototype, 'scrollHeight', {get() { throw 1 }})</script>"
    )
    state = one_tab.look()
    assert (state.title, state.text, state.scroll, state.focus) == ("Test", "text", None, "")
