"""candidates.js and hit.js: what things are called, and where they are."""

import time
from typing import Any

import pytest
from memory_site import HEIGHT, WIDTH, Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load

SCRIPTS = ("candidates", "hit", "popup", "popups", "search", "visible_text")


def found(driver: WebDriver, *limit: int) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = driver.execute_script(load("candidates"), *limit)
    return out


def named(driver: WebDriver) -> list[tuple[str, str]]:
    return [(one["role"], one["name"]) for one in found(driver)]


@pytest.mark.parametrize(
    ("html", "role", "name"),
    [
        ("<button>Save <b>all</b></button>", "button", "Save all"),
        ("<button aria-label='Save it'>x</button>", "button", "Save it"),
        ("<button title=Close><svg width=9 height=9></svg></button>", "button", "Close"),
        ("<button><svg width=9 height=9><title>Menu</title></svg></button>", "button", "Menu"),
        ("<button><img alt=Cart src=data:, width=9 height=9></button>", "button", "Cart"),
        ("<span id=n>Named</span><button aria-labelledby='n gone'>x</button>", "button", "Named"),
        ("<a href=/x>Go</a>", "link", "Go"),
        ("<input type=submit value=Send>", "button", "Send"),
        ("<input type=submit>", "button", "Submit"),
        ("<label for=q>Query</label><input id=q placeholder=no value=no>", "textbox", "Query"),
        ("<label>Around <input></label>", "textbox", "Around"),
        ("<input placeholder=Search>", "textbox", "Search"),
        ("<input title=Titled>", "textbox", "Titled"),
        ("<input value=typed>", "textbox", "typed"),
        ("<input type=password placeholder=Password value=secret>", "textbox", "Password"),
        ("<textarea aria-label=Note></textarea>", "textbox", "Note"),
        ("<div contenteditable>text</div>", "textbox", "text"),
        ("<select><option>One<option selected>Two</select>", "combobox", "Two"),
        ("<label><input type=checkbox>Agree</label>", "checkbox", "Agree"),
        ("<label><input type=checkbox style='display:none'>Drawn</label>", "checkbox", "Drawn"),
        ("<label><input type=radio>Red</label>", "radio", "Red"),
        ("<div role=tab>First</div>", "tab", "First"),
        ("<div role=menuitem>Open</div>", "menuitem", "Open"),
        ("<img alt=Logo src=data:, width=20 height=20>", "image", "Logo"),
        ("<div style='cursor:pointer'>Card <b>one</b></div>", "clickable", "Card one"),
        ("<div onclick=1>Act</div>", "clickable", "Act"),
        ("<summary>More</summary>", "button", "More"),
    ],
)
def test_roles_and_names(driver: WebDriver, open_page: Open, html: str, role: str, name: str) -> None:
    open_page(html)
    assert named(driver) == [(role, name)]


def test_hidden_unnamed_and_secret_things_are_left_out(driver: WebDriver, open_page: Open) -> None:
    open_page("<button hidden>a</button><button style='visibility:hidden'>b</button><button></button><p>text</p>"
              "<input type=hidden value=c><input type=password value=secret>")  # fmt: skip
    assert found(driver) == []


def test_long_names_are_cut(driver: WebDriver, open_page: Open) -> None:
    open_page(f"<button>{'word ' * 100}</button>")
    name = found(driver)[0]["name"]
    assert len(name) <= 80
    assert name.endswith("…")


def test_places_are_those_of_the_top_window_through_frames_and_shadow_roots(
    driver: WebDriver, open_page: Open, site: Site
) -> None:
    site.pages["/in"] = (
        "<style>body{margin:0}</style><button style='position:fixed;left:10px;top:20px;width:40px;height:20px'>F"
    )
    open_page(
        "<iframe src=/in style='position:absolute;left:100px;top:200px;border:5px solid;padding:3px'></iframe>"
        "<div id=h style='position:absolute;left:0;top:400px'></div><script>h.attachShadow({mode:'open'}).innerHTML="
        "'<button style=\"width:60px;height:30px\">S</button>'</script>"
        "<button style='position:absolute;top:5000px'>Below</button>"
    )
    by_name = {one["name"]: one for one in found(driver)}
    assert (by_name["F"]["x"], by_name["F"]["y"], by_name["F"]["in_view"]) == (138, 238, True)
    assert (by_name["S"]["x"], by_name["S"]["y"]) == (30, 415)
    assert by_name["Below"]["in_view"] is False
    for name in "FS":
        hit = driver.execute_script(load("hit"), by_name[name]["x"], by_name[name]["y"])
        assert (hit["role"], hit["name"], hit["tag"]) == ("button", name, "button")


def test_what_is_in_view_comes_first_when_there_is_too_much(driver: WebDriver, open_page: Open) -> None:
    open_page("<div style='height:100px'></div><div style='position:relative'>"
              + "".join(f"<p><a href=#{n}>far {n}</a>" for n in range(300))
              + "</div><button style='position:fixed;top:0;left:0'>Near</button>")  # fmt: skip
    assert len(found(driver)) == 200
    few = found(driver, 40)
    assert len(few) == 40
    assert "Near" in [one["name"] for one in few]
    views = [one["in_view"] for one in found(driver)]
    assert views == sorted(views, reverse=True)


def test_sixty_thousand_nodes_are_listed_quickly(driver: WebDriver, open_page: Open) -> None:
    open_page("".join(f"<p><a href=#>item <b>{number}</b></a>" for number in range(15_000)))
    start = time.monotonic()
    assert len(found(driver)) == 200
    assert time.monotonic() - start < 10


def test_a_hostile_page_gives_no_error(driver: WebDriver, open_page: Open) -> None:
    open_page("<form><input name=localName><input name=getAttribute><button>Save</button></form><script>"
              "Array.prototype.map = Array.prototype.forEach = () => { throw 1 }</script>")  # fmt: skip
    assert ("button", "Save") in named(driver)


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_script_throws_where_everything_is_broken(driver: WebDriver, open_page: Open, script: str) -> None:
    open_page("<p>x<script>window.getComputedStyle = document.elementFromPoint = () => { throw new Error('no') };"
              "document.createRange = null; Element.prototype.getBoundingClientRect = null</script>")  # fmt: skip
    driver.execute_script(load(script))


def test_hit_says_the_size_and_what_stands_there(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<style>body{margin:0}</style><a href=/x target=_blank style='display:block;height:50px'><b>Tab"
        "</b></a><p>plain</p>"
    )
    hit = driver.execute_script(load("hit"), 5, 5)
    assert hit == {"width": WIDTH, "height": HEIGHT, "role": "link", "name": "Tab", "tag": "a", "new_tab": True}
    hit = driver.execute_script(load("hit"), 5, 75)
    assert (hit["role"], hit["name"], hit["tag"], hit["new_tab"]) == ("", "plain", "p", False)
    assert driver.execute_script(load("hit"), 5000, 5)["tag"] == ""
