"""visible_text.js: what a reader sees, in order."""

import time

from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load


def read(driver: WebDriver, *limit: int) -> str:
    text = driver.execute_script(load("visible_text"), *limit)
    assert isinstance(text, str)
    return text


def test_blocks_stand_on_lines_of_their_own_and_blanks_are_joined(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<h1>A   title</h1><p>One <b>bold</b><i>word</i>\n here<br>and more</p><table><tr><td>1<td>2"
        "</table><span>end</span>"
    )
    assert read(driver) == "A title\nOne boldword here\nand more\n1\t2\nend"


def test_preformatted_text_keeps_its_lines(driver: WebDriver, open_page: Open) -> None:
    open_page("<pre>a  b\n  c</pre>")
    assert read(driver) == "a  b\n  c"


def test_case_is_as_shown(driver: WebDriver, open_page: Open) -> None:
    open_page("<p style='text-transform:uppercase'>save</p><p style='text-transform:capitalize'>two words</p>")
    assert read(driver) == "SAVE\nTwo Words"


def test_hidden_things_are_left_out(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<style>style{display:block}</style><script style='display:block'>var script</script>"
        "<noscript>noscript</noscript>"
        "<template>template</template><p style='display:none'>none</p><p hidden>hidden</p>"
        "<p style='visibility:hidden'>unseen <b style='visibility:visible'>seen</b></p>"
        "<details><summary>more</summary>folded</details><details open><summary>less</summary>unfolded</details>"
        "<p style='content-visibility:hidden'>put off</p>"
        "<span style='position:absolute;width:1px;height:1px;overflow:hidden'>for readers</span>"
        "<i aria-hidden=true style='font-family:Material Icons'>arrow_back</i>"
        "<p aria-hidden=true>aria hidden but shown</p>"
    )
    assert read(driver) == "seen\nmore\nless\nunfolded\naria hidden but shown"


def test_open_shadow_roots_are_read_with_their_slots_in_order(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<div id=h><b slot=last>L</b>default <i slot=none>unslotted</i></div><p>after</p><script>"
        "h.attachShadow({mode:'open'}).innerHTML='<p>first</p><slot></slot><p>mid</p><slot name=last></slot>"
        "<slot name=x>fallback</slot>'</script>"
    )
    assert read(driver).split() == ["first", "default", "mid", "Lfallback", "after"]


def test_same_origin_frames_are_read_in_place_others_are_not(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<p>inner<iframe srcdoc='<p>innermost'></iframe>"
    foreign = site.url("/in", "localhost")
    open_page(
        f"<p>before</p><iframe src=/in></iframe><p>after</p><iframe src=/in hidden></iframe>"
        f"<iframe src={foreign}></iframe>"
    )
    assert read(driver) == "before\ninner\ninnermost\nafter"


def test_controls_say_their_values_but_no_password(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<input value=typed><input type=password value=secret1><input autocomplete=current-password value=secret2>"
        "<input style='-webkit-text-security:disc' value=secret3><input type=hidden value=hid><input placeholder=hint>"
        "<input type=checkbox value=box><textarea>first\nsecond</textarea>"
        "<select><option>no<option selected>yes</select><input type=submit value=Go><input type=submit>"
        "<button>Do</button>"
    )
    assert read(driver) == "typed hint first\nsecond yes Go Submit Do"


def test_it_is_cut_at_the_limit(driver: WebDriver, open_page: Open) -> None:
    open_page("<p>" + "word " * 100_000)
    assert len(read(driver)) == 200_000
    assert read(driver, 7) == "word wo"


def test_hostile_pages_are_read_without_error_and_left_as_they_were(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<form><input name=localName><input name=shadowRoot><input name=firstChild><input name=nodeType>"
        "<b>in form</b></form>"
        "<p id=loop>cyclic</p><svg><title>no</title><text>drawn</text></svg><canvas>no</canvas><script>"
        "Object.defineProperty(loop, 'shadowRoot', {value: document.body});"
        "Array.prototype.push = Array.prototype.map = Array.prototype.forEach = () => { throw 1 };"
        "String.prototype.includes = String.prototype.startsWith = () => { throw 1 };"
        "Array.prototype.toJSON = () => 'spoilt'</script>"
    )
    before = driver.page_source
    names = "return Object.getOwnPropertyNames(window).sort().join()"
    driver.execute_script(names)  # chromedriver itself leaves a name behind on its first calls.
    own = driver.execute_script(names)
    assert read(driver) == "in form\ncyclic\ndrawn"
    assert driver.page_source == before
    assert driver.execute_script(names) == own


def test_a_page_that_breaks_getcomputedstyle_gives_no_error(driver: WebDriver, open_page: Open) -> None:
    open_page("<p>x<script>window.getComputedStyle = () => { throw new Error('no') }</script>")
    assert read(driver) == ""


def test_deep_nesting_does_not_overflow(driver: WebDriver, open_page: Open) -> None:
    open_page("<script>let at = document.body; for (let i = 0; i "
              "< 3000; i++) at = at.appendChild(document.createElement('i'));"
              "at.append('bottom')</script>")  # fmt: skip
    assert read(driver) == "bottom"


def test_sixty_thousand_nodes_are_read_quickly(driver: WebDriver, open_page: Open) -> None:
    open_page("".join(f"<p>item <b>{number}</b>" for number in range(20_000)))
    start = time.monotonic()
    text = read(driver, 1_000_000)
    assert time.monotonic() - start < 10
    assert text.count("\n") == 19_999
    assert text.endswith("item 19999")
