"""find_links: links and buttons by their text or address."""

import time

import pytest
from hostile import BREAKS, CLOBBERED, HOPELESS, LIES, liar
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.links import FindLinks, contains


def test_links_are_found_by_text_and_address_with_whole_addresses(
    driver: WebDriver, open_page: Open, site: Site
) -> None:
    site.pages["/in"] = "<a href=deep/pricing.html>Framed</a>"
    open_page(
        "<a href=/pricing?x=1#y>Our   <b>Prices</b></a><a href=/about>About pricing</a><a href=/pricing hidden>no</a>"
        "<a href=/other>Other</a><a aria-label='Pricing icon' href=/i><svg width=9 height=9></svg></a>"
        "<a href='javascript:pricing()'>Pricing script</a><button>See PRICING</button>"
        "<form action=/find-pricing><button>Find</button></form><button formaction=/pricing/all>All</button>"
        "<svg width=50 height=20><a href=/pricing.svg><text y=15>Drawn</text></a></svg>"
        "<div id=h></div><iframe src=/in></iframe>"
        "<div style='height:60px;overflow:auto'><p style='height:300px'></p><a href=/p>Pricing far down</a></div>"
        "<p style='height:3000px'></p><a href=/pricing/below>Below</a><script>h.attachShadow({mode:'open'}).innerHTML="
        "'<a href=/pricing/shadow>Shadow</a>'</script>"
    )
    said = FindLinks(driver)("pricing")
    assert said.split("\n") == [
        "12 of 13 links and buttons contain 'pricing':",
        f"link 'Our Prices' {site.url('/pricing?x=1#y')} (in view)",
        f"link 'About pricing' {site.url('/about')} (in view)",
        f"link 'Pricing icon' {site.url('/i')} (in view)",
        "link 'Pricing script' (in view)",
        "button 'See PRICING' (in view)",
        f"button 'Find' {site.url('/find-pricing')} (in view)",
        f"button 'All' {site.url('/pricing/all')} (in view)",
        f"link 'Drawn' {site.url('/pricing.svg')} (in view)",
        f"link 'Shadow' {site.url('/pricing/shadow')} (in view)",
        f"link 'Framed' {site.url('/deep/pricing.html')} (in view)",
        f"link 'Pricing far down' {site.url('/p')} (covered)",
        f"link 'Below' {site.url('/pricing/below')} (below)",
    ]
    assert FindLinks(driver)("our*ices").startswith("1 of 13 links and buttons contain 'our*ices':\nlink 'Our Prices'")
    said = FindLinks(driver)("nothing\x1b like it")
    assert said.startswith(
        "No link or button of the 13 that are shown contains 'nothing like it'. Links in closed menus"
    )


def test_many_are_counted_and_the_first_shown_and_like_ones_once(driver: WebDriver, open_page: Open) -> None:
    open_page("<a href=/same>Same</a>" * 5 + "".join(f"<a href=/{number}>Item {number}</a>" for number in range(50)))
    said = FindLinks(driver)("item").split("\n")
    assert said[0] == (
        "50 of 55 links and buttons contain 'item'; these are the first 20, a longer pattern finds fewer:"
    )
    assert len(said) == 21
    same = FindLinks(driver)("same").split("\n")
    assert same[0] == "5 of 55 links and buttons contain 'same', 1 of them different:"
    assert len(same) == 2


@pytest.mark.parametrize("pattern", ["", " ", "**", None, 5, "x" * 301])
def test_what_is_no_pattern_is_an_error(driver: WebDriver, pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^(There is no|That) pattern.*: give a part of the link's text or address"):
        FindLinks(driver)(pattern)


def test_a_pattern_is_no_regular_expression_and_takes_linear_time() -> None:
    assert contains("Straße ﬁn", "STRASSE FIN")
    assert contains("a.b", "A.B")
    assert not contains("axb", "a.b")
    assert contains("one two three", "one*three")
    assert not contains("three one", "one*three")
    assert contains("abc", "*b*")
    began = time.monotonic()
    assert not contains("a" * 100_000, "*".join("a" * 100) + "b")
    assert time.monotonic() - began < 10


def test_nothing_of_a_hostile_page_is_taken_on_trust(driver: WebDriver, open_page: Open) -> None:
    open_page(f"{CLOBBERED}<a href='/x\x1b'>a\nb\x07\u202ec</a>")
    assert "link 'a bc' http://127.0.0.1:" in FindLinks(driver)("a bc")
    for lie in LIES:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            FindLinks(liar(driver, lie))("x")
    odd = {
        "links": [["evil\n", "x\x1b\ny", 5, "nowhere\n"], [], [None, None, "http://x" + "y" * 9000], 7],
        "whole": False,
    }
    assert FindLinks(liar(driver, odd))("x").split("\n")[1] == "link 'x y' (somewhere)"


@pytest.mark.parametrize("name", BREAKS)
def test_hostile_pages_give_a_result_or_one_sentence(driver: WebDriver, open_page: Open, name: str) -> None:
    open_page(f"{CLOBBERED}<a href=/x>Link</a><script>{BREAKS[name]}</script>")
    began = time.monotonic()
    if name in HOPELESS:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            FindLinks(driver)("link")
    else:
        assert "link 'Link' http" in FindLinks(driver)("link")
    assert time.monotonic() - began < 10
