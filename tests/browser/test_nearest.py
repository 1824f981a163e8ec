"""nearest(): what stands on the page instead of what was sought."""

import pytest

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.candidates import MOST_NAMED, nearest


def test_the_likest_come_first_and_few_of_them(one_tab: Browser, open_page: Open) -> None:
    open_page(
        "".join(f"<button>Save file {n}</button>" for n in range(20)) + "<button>Save</button><button>Quit</button>"
    )
    said = nearest(one_tab.driver, "'Save'")
    assert said.startswith("There is no 'Save' on the page; there is button 'Save', button 'Save file ")
    assert said.count("button") == MOST_NAMED
    assert "'Z'" not in said
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ('Button("Sve draft")', "Save draft"),
        ("'save DRAFT now'", "Save draft"),
        ("Link('the terms', below='x')", "Terms of use"),
        ("'Search'", "Search products"),
        ("'mail'", "E-mail"),
    ],
)
def test_it_is_found_by_likeness_a_part_or_a_word(one_tab: Browser, open_page: Open, sought: str, found: str) -> None:
    open_page(
        "<button>Save draft</button><a href=/>Terms of use</a><input placeholder='Search products'>"
        "<label>E-mail <input></label><button>Zzz</button>"
    )
    said = nearest(one_tab.driver, sought)
    assert "there is " in said
    assert repr(found) in said
    assert "Zzz" not in said


def test_what_is_out_of_view_is_said_to_be(one_tab: Browser, open_page: Open) -> None:
    open_page("<button style='position:absolute;top:4000px'>Save</button>")
    assert "button 'Save' (out of view)" in nearest(one_tab.driver, "'Save!'")


def test_where_nothing_is_alike_some_of_what_is_in_view_is_named(one_tab: Browser, open_page: Open) -> None:
    open_page("<a href=/>Home</a><button style='position:absolute;top:4000px'>Below</button>")
    said = nearest(one_tab.driver, "'Xylophone'")
    assert said == "There is no 'Xylophone' on the page, nor anything like it. In view are for example link 'Home'."


@pytest.mark.parametrize("sought", ["'Save'", "", "''", "Button()", "'", '"', "S('a[href=\"/x\"]')"])
def test_an_empty_page_has_a_sentence_too(one_tab: Browser, sought: str) -> None:
    said = nearest(one_tab.driver, sought)
    assert said.startswith("There is no ")
    assert "click_at(x, y)" in said


def test_what_the_page_says_is_cleaned_and_cut(one_tab: Browser, open_page: Open) -> None:
    open_page(f"<button>Save \x1b[31m\u202e\u200b{'long ' * 50}</button>")
    said = nearest(one_tab.driver, "'Save \x1b]0;x\x07\nnow'")
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\n" not in said
    assert len(said) < 250


@pytest.mark.parametrize(
    "hostile",
    [
        "Array.prototype.push = Array.prototype.map = null",
        "Object.prototype.toJSON = () => 'x'",
        "Array.prototype.toJSON = () => [5, null, 'x']",
        "Array.prototype.toJSON = () => ({a: 1})",
        "String.prototype.slice = () => ({})",
        "setTimeout(() => alert('in the way'))",
    ],
)
def test_a_page_in_the_way_leaves_a_sentence(one_tab: Browser, open_page: Open, hostile: str) -> None:
    open_page(f"<button>Save</button><script>{hostile}</script>")
    assert nearest(one_tab.driver, "'Save it'").startswith("There is no 'Save it' on the page")


def test_much_that_is_sought_takes_no_time(one_tab: Browser, open_page: Open) -> None:
    open_page("".join(f"<button>{n} {'word ' * 10}</button>" for n in range(400)))
    said = nearest(one_tab.driver, repr("word 'x\" " * 100_000))
    assert len(said) < 600
