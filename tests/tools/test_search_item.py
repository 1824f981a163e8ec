"""search_item_ctrl_f."""

import re
import time

import helium
import pytest
from memory_site import HEIGHT, Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools import SearchItemCtrlF

TALL = "<div style='height:3000px'></div>"


def count(said: str) -> int:
    found = re.match(r"(\d+) match", said)
    assert found
    return int(found[1])


def middle(driver: WebDriver, script: str) -> float:
    """The middle of an element's box, in pixels from the top of the viewport of its document."""
    value = driver.execute_script(f"const box = ({script}).getBoundingClientRect(); return box.top + box.height / 2")
    return float(value)


def marked(driver: WebDriver) -> list[str]:
    """The text under the current highlight, in the document that the driver is in."""
    got: list[str] = driver.execute_script(
        "return [...(CSS.highlights.get('webagent-current') || [])].map(range => range.toString())"
    )
    return got


def test_counts_lists_and_says_where_it_is(driver: WebDriver, open_page: Open) -> None:
    open_page("<p>Men's Sale starts today</p><p>No SALES</p><p>end of the sale</p>")
    said = SearchItemCtrlF(driver)("sale", 2)
    assert said.splitlines() == [
        "3 matches for 'sale'. Now at 2 of 3.",
        "1: Men's Sale starts today No SALES end of the sale",
        "2: Men's Sale starts today No SALES end of the sale",
        "3: …s Sale starts today No SALES end of the sale",
    ]
    assert marked(driver) == ["SALE"]


def test_one_match_and_the_default(driver: WebDriver, open_page: Open) -> None:
    open_page("<p>only one</p>")
    assert SearchItemCtrlF(driver)("ONE") == "1 match for 'ONE'. Now at 1 of 1.\n1: only one"
    assert SearchItemCtrlF(driver)(text="one", nth_result=None) == "1 match for 'one'. Now at 1 of 1.\n1: only one"


def test_the_text_around_is_cut(driver: WebDriver, open_page: Open) -> None:
    open_page(f"<p>{'before ' * 50}needle{' after' * 50}")
    line = SearchItemCtrlF(driver)("needle").splitlines()[1]
    assert re.fullmatch(r"1: …[before ]{39,40}needle[ after]{39,40}…", line)


def test_at_most_ten_are_listed_and_the_one_asked_for(driver: WebDriver, open_page: Open) -> None:
    open_page("".join(f"<p>row {n}</p>{'<p>.</p>' * 60}" for n in range(1, 31)))
    lines = SearchItemCtrlF(driver)("row", 25).splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == [*map(str, range(1, 11)), "25"]
    assert "row 25" in lines[-1]


@pytest.mark.parametrize("nth", [0, -1, 4])
def test_a_number_that_is_not_there_is_an_error_with_the_count(driver: WebDriver, open_page: Open, nth: int) -> None:
    open_page("<p>a sale, a sale, a sale")
    with pytest.raises(
        ValueError, match=f"3 matches for 'sale', so there is no match {nth}: take nth_result from 1 to 3"
    ):
        SearchItemCtrlF(driver)("sale", nth)


@pytest.mark.parametrize("nth", ["2", 1.5, True])
def test_a_number_that_is_none_is_an_error(driver: WebDriver, open_page: Open, nth: int) -> None:
    open_page("<p>a sale")
    with pytest.raises(ValueError, match="whole number"):
        SearchItemCtrlF(driver)("sale", nth)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_to_search_for_is_an_error(driver: WebDriver, text: str) -> None:
    with pytest.raises(ValueError, match="no text to search for"):
        SearchItemCtrlF(driver)(text)


def test_no_match_says_so_and_what_else_to_try(driver: WebDriver, open_page: Open) -> None:
    open_page("<p>text")
    SearchItemCtrlF(driver)("text")
    assert marked(driver) == ["text"]
    said = SearchItemCtrlF(driver)("missing")
    assert said.startswith("0 matches for 'missing'. It may be spelled otherwise")
    assert "picture" in said
    assert marked(driver) == []
    with pytest.raises(ValueError, match="0 matches for 'missing', so there is no match 0: nth_result starts at 1"):
        SearchItemCtrlF(driver)("missing", 0)


@pytest.mark.parametrize(
    "html",
    [
        "<p>big <b>s</b><i>al</i>e now</p>",
        "<p>big<br>sale\n\t now</p>",
        "<p>big&nbsp;sale <span hidden>x</span>now</p>",
        "<p>BIG <a href=#>Sale</a> Now</p>",
        "<p>bi&shy;g s\u00e1le now</p>",
        "<p>big sa\u0301le now</p>",
        "<pre>big   sale\nnow</pre>",
        "<p>big <!-- not --> sale <span style='display:inline-block'>now</span></p>",
        "<input value='a big sale now'>",
        "<textarea>big sale now</textarea>",
        "<button>Big sale now</button>",
    ],
)
def test_it_matches_what_reads_the_same(driver: WebDriver, open_page: Open, html: str) -> None:
    open_page(html)
    said = SearchItemCtrlF(driver)(" big  sale\nnow")
    assert said.startswith("1 match for 'big sale now'. Now at 1 of 1.")


@pytest.mark.parametrize(
    "html",
    [
        "<p hidden>needle</p>",
        "<p style='visibility:hidden'>needle</p>",
        "<script>var needle</script><style>needle{}</style><noscript>needle</noscript><template>needle</template>",
        "<p>nee</p><p>dle</p>",
        "<table><tr><td>nee<td>dle</table>",
        "<details><summary>x</summary>needle</details>",
        "<input type=password value=needle><input type=hidden value=needle>",
        "<img alt=needle title=needle>",
        "<iframe hidden srcdoc=needle></iframe>",
        "<select><option>x<option>needle</select>",
    ],
)
def test_it_does_not_match_what_is_not_shown_as_one_text(driver: WebDriver, open_page: Open, html: str) -> None:
    open_page(html)
    assert SearchItemCtrlF(driver)("needle").startswith("0 matches for 'needle'")


@pytest.mark.parametrize("text", ['Men\'s "big" sale', "men’s “BIG” sale", 'men`s "big" sale'])
def test_any_quotes_match_any_quotes(driver: WebDriver, open_page: Open, text: str) -> None:
    open_page('<p>Men’s “big” sale</p><p>Men\'s "big" sale</p>')
    assert count(SearchItemCtrlF(driver)(text)) == 2


@pytest.mark.parametrize("text", ["concat('", "]", "\\", "//*", "${x}", "</p>", "a.*b", "İ"])
def test_text_is_taken_literally(driver: WebDriver, open_page: Open, text: str) -> None:
    open_page("<p id=p>")
    driver.execute_script("p.textContent = 'İİ a-b ' + arguments[0] + ' end'", text)
    assert count(SearchItemCtrlF(driver)(text)) == (3 if text == "İ" else 1)


def test_frames_of_any_site_and_shadow_roots_in_document_order(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/deep"] = "<p>fourth needle"
    site.pages["/foreign"] = f"<p>third needle</p><iframe src={site.url('/deep')}></iframe><p>fifth needle"
    open_page(
        "<p>first needle</p><div id=h></div><script>h.attachShadow({mode:'open'}).innerHTML='<p>second "
        "<b>nee</b>dle</p>'"
        f"</script><iframe src={site.url('/foreign', 'localhost')} width=600 height=400></iframe><p>sixth needle"
    )
    lines = SearchItemCtrlF(driver)("needle").splitlines()
    order = ["first", "second", "third", "fourth", "fifth", "sixth"]
    assert lines[0].startswith("6 matches")
    for number, word in enumerate(order, 1):
        said = SearchItemCtrlF(driver)("needle", number)
        assert f"Now at {number} of 6." in said
        assert f"{word} needle" in lines[number]
    SearchItemCtrlF(driver)("needle", 4)
    assert marked(driver) == []
    driver.switch_to.frame(0)
    driver.switch_to.frame(0)
    assert marked(driver) == ["needle"]
    driver.switch_to.default_content()
    SearchItemCtrlF(driver)("needle", 2)
    assert marked(driver) == ["needle"]


def test_a_frame_inside_a_shadow_root_is_searched(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<p>needle"
    open_page("<div id=h></div><script>h.attachShadow({mode:'open'}).innerHTML='<iframe src=/in></iframe>'</script>")
    assert count(SearchItemCtrlF(driver)("needle")) == 1


def test_the_driver_is_in_the_top_document_afterwards_and_helium_works(
    driver: WebDriver, open_page: Open, site: Site
) -> None:
    site.pages["/in"] = "<p>needle"
    open_page(
        f"<button onclick=\"document.title='done'\">Press me</button>"
        f"<iframe src={site.url('/in', 'localhost')}></iframe>"
    )
    driver.switch_to.frame(0)
    SearchItemCtrlF(driver)("needle")
    assert driver.execute_script("return window === top")
    helium.set_driver(driver)
    helium.click("Press me")
    assert driver.title == "done"


def test_the_driver_is_in_the_top_document_without_a_match_too(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<p>other"
    open_page("<iframe src=/in></iframe>")
    assert SearchItemCtrlF(driver)("needle").startswith("0 matches")
    assert driver.execute_script("return window === top")


def test_the_match_is_scrolled_to_the_middle_at_once(driver: WebDriver, open_page: Open) -> None:
    open_page(f"<style>html{{scroll-behavior:smooth}}</style>{TALL}<p id=a>needle</p>{TALL}<p id=b>needle</p>{TALL}")
    for nth, name in enumerate("ab", 1):
        SearchItemCtrlF(driver)("needle", nth)
        assert abs(middle(driver, name) - HEIGHT / 2) < 30


def test_the_match_is_in_the_middle_also_inside_a_long_element(driver: WebDriver, open_page: Open) -> None:
    lines = "line\n" * 400
    open_page(f"<pre id=p>{lines}needle\n{lines}</pre>")
    SearchItemCtrlF(driver)("needle")
    range_box = "[...CSS.highlights.get('webagent-current')][0]"
    assert abs(middle(driver, range_box) - HEIGHT / 2) < 30


def test_inner_scroll_areas_are_scrolled(driver: WebDriver, open_page: Open) -> None:
    open_page(
        f"{TALL}<div id=area style='height:200px;overflow:auto;scroll-behavior:smooth'>{TALL}"
        f"<p id=a>needle</p>{TALL}</div>{TALL}"
    )
    SearchItemCtrlF(driver)("needle")
    assert abs(middle(driver, "a") - middle(driver, "area")) < 30
    assert abs(middle(driver, "a") - HEIGHT / 2) < 30


def test_sideways_scroll_areas_are_scrolled(driver: WebDriver, open_page: Open) -> None:
    words = "word " * 300
    wide = "<p style='width:9999px'>wide"
    open_page(f"<pre id=p style='width:400px;overflow:auto'>{words}needle {words}</pre>{wide}")
    SearchItemCtrlF(driver)("needle")
    left, right = driver.execute_script(
        "const a = [...CSS.highlights.get('webagent-current')][0].getBoundingClientRect(), b ="
        " p.getBoundingClientRect();"
        "return [a.left - b.left, b.right - a.right]"
    )
    assert left > 0
    assert right > 0
    assert driver.execute_script("return scrollX") == 0


def test_text_straight_in_a_scroll_area_is_scrolled_to(driver: WebDriver, open_page: Open) -> None:
    lines = "line\n" * 300
    open_page(f"{TALL}<pre id=p style='height:200px;overflow:auto'>{lines}needle\n{lines}</pre>{TALL}")
    SearchItemCtrlF(driver)("needle")
    at = middle(driver, "[...CSS.highlights.get('webagent-current')][0]")
    assert abs(at - middle(driver, "p")) < 30
    assert abs(at - HEIGHT / 2) < 30


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("inner", ["<p id=a>needle</p>", "<pre id=a>" + "line\n" * 300 + "needle" + "\nline" * 300])
def test_frames_are_scrolled_to_the_middle(
    driver: WebDriver, open_page: Open, site: Site, host: str, inner: str
) -> None:
    site.pages["/in"] = f"<!doctype html>{TALL}{inner}{TALL}"
    for height in ("300px", "14000px"):
        open_page(
            f"{TALL}<iframe id=f src={site.url('/in', host)} style='height:{height};border:9px solid'></iframe>{TALL}"
        )
        SearchItemCtrlF(driver)("needle")
        top = driver.execute_script("return f.getBoundingClientRect().top + f.clientTop")
        driver.switch_to.frame(0)
        at = top + middle(driver, "[...CSS.highlights.get('webagent-current')][0]")
        driver.switch_to.default_content()
        assert abs(at - HEIGHT / 2) < 30


def test_a_fixed_match_leaves_the_page_where_it_is(driver: WebDriver, open_page: Open) -> None:
    open_page(f"<p style='position:fixed;top:0'>needle</p>{TALL}")
    driver.execute_script("scrollTo(0, 500)")
    SearchItemCtrlF(driver)("needle")
    assert driver.execute_script("return scrollY") == 500


def test_marking_changes_no_node_and_no_layout(driver: WebDriver, open_page: Open) -> None:
    open_page("<p id=a>some <b>need</b>le here</p><p>needle</p>")
    shape = (
        "return [document.documentElement.outerHTML, JSON.stringify(a.getBoundingClientRect()), getSelection() + '']"
    )
    before = driver.execute_script(shape)
    plain = driver.get_screenshot_as_png()
    SearchItemCtrlF(driver)("needle")
    assert driver.execute_script(shape) == before
    assert driver.get_screenshot_as_png() != plain
    SearchItemCtrlF(driver)("needle", 2)
    assert driver.execute_script("return document.adoptedStyleSheets.length") == 1


def test_sixty_thousand_nodes_are_searched_quickly(driver: WebDriver, open_page: Open) -> None:
    open_page("".join(f"<p>item <b>{number}</b>" for number in range(20_000)))
    start = time.monotonic()
    said = SearchItemCtrlF(driver)("item 19999")
    assert time.monotonic() - start < 15
    assert said.startswith("1 match for 'item 19999'. Now at 1 of 1.")
    assert count(SearchItemCtrlF(driver)("item", 20_000)) == 20_000


def test_page_text_is_cleaned(driver: WebDriver, open_page: Open) -> None:
    open_page("<p id=p>needle</p>")
    driver.execute_script("p.append('\\u202e\\u001b[31m red')")
    assert SearchItemCtrlF(driver)("needle").splitlines()[1] == "1: needle[31m red"


def test_an_open_dialog_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page("<p>needle")
    driver.execute_script("setTimeout(() => confirm(''), 0)")
    with pytest.raises(RuntimeError, match=r"^A dialog is open: \(without text\); answer it"):
        SearchItemCtrlF(driver)("needle")
    driver.switch_to.alert.dismiss()
