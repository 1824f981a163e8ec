"""page_outline: what a page is made of."""

import time

import pytest
from hostile import BREAKS, CLOBBERED, HOPELESS, LIES, liar
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.outline import PageOutline


def test_landmarks_headings_and_controls_with_names_and_states(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<button>Inside</button>"
    open_page(
        "<header><nav aria-label=Main><a href=/a>Home</a><a href=/b aria-current=page>Shop</a></nav></header>"
        "<main><h1>The <i>shop</i></h1><section><p>text<h2><a href=/c>Linked</a></h2></section>"
        "<section aria-label=Filters><form aria-label=Search><label>Words <input value=pen required></label>"
        "<input type=password aria-label=Secret value=hidden><label><input type=checkbox checked>New</label>"
        "<select aria-label=Size><option>S<option selected>M</select><input type=range aria-label=Price value=7>"
        "<button disabled>Go</button><button aria-expanded=false aria-haspopup=menu>More</button></form></section>"
        "<article><header>no banner</header></article><details><summary>Details</summary>no</details>"
        "<a href=/d><h3>Card</h3><img alt=Picture src=data:,></a><img alt=Photo src=data:,><img alt='' src=data:,>"
        "<div role=tablist><span role=tab aria-selected=true>One</span><span role=tab>Two</span></div>"
        "<table><tr><th>A<tr><td><button>In a cell</button></table><ul><li><a href=/e>Item</a></ul>"
        "<label><input type=radio checked hidden>Drawn</label><i role=combobox aria-expanded=false>Red</i>"
        "<div style='cursor:pointer'>Card <b>one</b> <button>Buy</button></div>"
        "<div onclick=x()>Act</div><span role=presentation>no</span><button hidden>no</button>"
        "<div id=h></div><iframe title=Frame src=/in></iframe>"
        "<progress aria-label=Load value=3 max=10></progress></main>"
        "<footer><div role=heading aria-level=4>Foot</div></footer>"
        "<script>h.attachShadow({mode:'open'}).innerHTML='<button>Shadow</button>'</script>"
    )
    head, *lines = PageOutline(driver)().split("\n")
    assert head == f"Outline of 'Test' ({site.url('/index.html')}), {len(lines)} lines."
    assert lines == [
        "banner",
        "  navigation 'Main'",
        "    link 'Home'",
        "    link 'Shop' (current)",
        "main",
        "  heading 'The shop' (level 1)",
        "  heading 'Linked' (level 2)",
        "    link 'Linked'",
        "  region 'Filters'",
        "    form 'Search'",
        "      textbox 'Words' (required, value 'pen')",
        "      textbox 'Secret' (password)",
        "      checkbox 'New' (checked)",
        "      combobox 'Size' (value 'M')",
        "      slider 'Price' (value '7')",
        "      button 'Go' (disabled)",
        "      button 'More' (collapsed)",
        "  button 'Details' (collapsed)",
        "  link 'Card Picture'",
        "    heading 'Card' (level 3)",
        "  image 'Photo'",
        "  tablist",
        "    tab 'One' (selected)",
        "    tab 'Two'",
        "  table (2 rows)",
        "    button 'In a cell'",
        "  link 'Item'",
        "  radio 'Drawn' (checked)",
        "  combobox (collapsed, value 'Red')",
        "  clickable 'Card one Buy'",
        "    button 'Buy'",
        "  clickable 'Act'",
        "  button 'Shadow'",
        "  frame 'Frame'",
        "    button 'Inside'",
        "  progressbar 'Load' (value '3 of 10')",
        "contentinfo",
        "  heading 'Foot' (level 4)",
    ]


def test_long_outlines_come_in_parts(driver: WebDriver, open_page: Open) -> None:
    open_page("".join(f"<button>Button {number}</button>" for number in range(1000)))
    first = PageOutline(driver)().split("\n")
    assert first[0].endswith(f", lines 1 to {len(first) - 1} of 1000; the next: page_outline(from_line={len(first)}).")
    assert sum(map(len, first[1:])) < 6000
    second = PageOutline(driver)(len(first)).split("\n")
    assert second[1] == f"button 'Button {len(first) - 1}'"
    assert len(PageOutline(driver)(1000).split("\n")) == 2
    with pytest.raises(ValueError, match="The outline has 1000 lines: take from_line from 1 to 1000"):
        PageOutline(driver)(1001)
    with pytest.raises(ValueError, match="from_line must be a whole number from 1, not 0"):
        PageOutline(driver)(0)
    open_page("<p>text")
    assert PageOutline(driver)().endswith(" has no headings, links, buttons or fields that are shown.")


def test_nothing_of_a_hostile_page_is_taken_on_trust(driver: WebDriver, open_page: Open) -> None:
    open_page(
        f"{CLOBBERED}<button aria-label='a\nb\x1b\u202e' aria-pressed='x\ny'>x</button><b role='evil\nrole'>y</b>"
    )
    assert PageOutline(driver)().split("\n")[-1] == "button 'a b' (pressed)"
    for lie in LIES:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            PageOutline(liar(driver, lie))()
    odd = {"lines": [[1e300, "x\n", 5, ["a\nb", 7, {}]], [], [[], {}, [], 9]], "whole": False}
    assert PageOutline(liar(driver, odd))().split("\n")[1:] == ["x (a b)", "thing", "thing"]


@pytest.mark.parametrize("name", BREAKS)
def test_hostile_pages_give_a_result_or_one_sentence(driver: WebDriver, open_page: Open, name: str) -> None:
    open_page(f"{CLOBBERED}<button>Save</button><script>{BREAKS[name]}</script>")
    began = time.monotonic()
    if name in HOPELESS:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            PageOutline(driver)()
    else:
        assert "\nbutton 'Save'" in PageOutline(driver)()
    assert time.monotonic() - began < 10
