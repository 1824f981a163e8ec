"""read_options: what can be chosen in a field."""

import time

import pytest
from hostile import BREAKS, CLOBBERED, HOPELESS, LIES, liar
from memory_site import Open, Site
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.options import ReadOptions

FIELDS = (
    "<label>Country: <select id=land><option value=''>Choose<optgroup label=Europe><option selected>Austria"
    "<option disabled>Belgium</optgroup><optgroup label=Asia disabled><option>China</optgroup></select></label>"
    "<p>Sort by <select name=sort multiple size=3><option selected>Price<option selected>Name<option>Date</select>"
    "<label>City <input list=cities></label><datalist id=cities><option>Vienna<option value=GRZ>Graz</datalist>"
    "<button aria-label=Colour role=combobox aria-expanded=false aria-controls=gone>Red</button>"
    "<button id=opener aria-label=Account aria-haspopup=menu aria-expanded=true aria-controls=menu>Me</button>"
    "<div id=menu role=menu><div role=group aria-label=Own><div role=menuitem>Profile</div>"
    "<div role=menuitemcheckbox aria-checked=true>Dark</div></div><div role=menuitem aria-disabled=true>Leave</div>"
    "</div><div id=h></div><select hidden aria-label=No><option>no</select>"
    "<script>h.attachShadow({mode:'open'}).innerHTML='<select aria-label=Shadow><option>In</select>'</script>"
)
THESE = (
    "Fields with options: combobox 'Country:', listbox 'Sort by', combobox 'City', combobox 'Colour' (closed), "
    "button 'Account', combobox 'Shadow'."
)


def test_the_options_of_every_kind_of_field_by_its_name(driver: WebDriver, open_page: Open) -> None:
    open_page(FIELDS)
    read = ReadOptions(driver)
    assert read("country") == (
        "Combobox 'Country:': 4 options, selected: 'Austria'.\n- Choose\nEurope:\n- Austria (selected)\n"
        "- Belgium (disabled)\nAsia:\n- China (disabled)"
    )
    assert read("Sort by").endswith(
        ": 3 options, selected: 'Price', 'Name'.\n- Price (selected)\n- Name (selected)\n- Date"
    )
    assert read("City") == "Combobox 'City': 2 options.\n- Vienna\n- GRZ (Graz)"
    assert read("account").split("\n") == [
        "Button 'Account': 3 options, selected: 'Dark'.",
        "Own:",
        "- Profile",
        "- Dark (selected)",
        "(in no group)",
        "- Leave (disabled)",
    ]
    assert read("shadow") == "Combobox 'Shadow': 1 option, selected: 'In'.\n- In (selected)"
    with pytest.raises(
        ValueError, match="The list of combobox 'Colour' is closed, or empty: click the field, then read"
    ):
        read("Colour")
    with pytest.raises(ValueError) as error:
        read("Nation")
    assert str(error.value) == f"No field with options is called 'Nation'. {THESE}"
    for field in ("", None, 5):
        with pytest.raises(ValueError, match="There is no field named"):
            read(field)


def test_an_element_is_taken_in_whatever_document_it_stands(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<select id=s aria-label=Framed><option>One</select><p id=p>none"
    open_page(FIELDS + "<iframe id=f src=/in></iframe>")
    read = ReadOptions(driver)
    assert read(driver.find_element(By.ID, "land")).startswith("Combobox 'Country:': 4 options")
    assert read(driver.find_element(By.CSS_SELECTOR, "#land option")).startswith("Combobox 'Country:': 4 options")
    assert read(driver.find_element(By.ID, "opener")).startswith("Button 'Account': 3 options")
    assert read("Framed") == "Combobox 'Framed': 1 option, selected: 'One'.\n- One (selected)"
    with pytest.raises(ValueError, match=r"That element has no options\. Fields with options: combobox 'Country:'"):
        read(driver.find_element(By.ID, "h"))
    top = driver.find_element(By.ID, "land")
    driver.switch_to.frame(driver.find_element(By.ID, "f"))
    assert read(driver.find_element(By.ID, "s")) == "Combobox 'Framed': 1 option, selected: 'One'.\n- One (selected)"
    framed = driver.find_element(By.ID, "p")
    assert read(top).startswith("Combobox 'Country:': 4 options")
    driver.get("about:blank")
    with pytest.raises(ValueError, match="That element is gone: give the field's label instead, or find it again"):
        read(framed)


def test_an_open_list_that_nothing_claims_is_of_the_field_that_is_open(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<div role=combobox aria-expanded=true aria-label=Fruit></div>"
        "<div role=combobox aria-label=Other></div>"
        "<div role=listbox><li>Apple</li><li>Pear</li></div>"
    )
    assert ReadOptions(driver)("Fruit") == "Combobox 'Fruit': 2 options.\n- Apple\n- Pear"
    open_page("<p>text")
    with pytest.raises(
        ValueError, match="No field with options is shown on this page: a list of the page's own must be"
    ):
        ReadOptions(driver)("Fruit")


def test_many_options_are_counted_and_like_fields_said(driver: WebDriver, open_page: Open) -> None:
    open_page(("<label>Year<select>" + "".join(f"<option>{n}" for n in range(1000, 3000)) + "</select></label>") * 2)
    said = ReadOptions(driver)("year")
    assert said.startswith(
        "Combobox 'Year': 2000 options, selected: '1000'. 2 fields are called so; this is the first.\n"
    )
    assert said.endswith(" more, which are not listed here.")
    assert len(said) < 6500


def test_nothing_of_a_hostile_page_is_taken_on_trust(driver: WebDriver, open_page: Open) -> None:
    open_page(f"{CLOBBERED}<select aria-label='a\nb\x1b'><option>x\x07\u202ey<option>- z</select>")
    assert ReadOptions(driver)("a b") == "Combobox 'a b': 2 options, selected: 'xy'.\n- xy (selected)\n- - z"
    for lie in LIES:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            ReadOptions(liar(driver, lie))("x")
    fields = {"fields": [[5, ["x\n", 7], "y"], [], [None, None, None]], "found": 0, "whole": True}
    odd = {**fields, "options": [["o\n", 5, "x", 1], [], "x", [None]]}
    assert ReadOptions(liar(driver, fields, odd))("x") == "Field 'x': 3 options.\n- o\n- \n- "
    with pytest.raises(RuntimeError, match="The page changed while its options were read: try again"):
        ReadOptions(liar(driver, fields, {**odd, "found": 1}))("x")


@pytest.mark.parametrize("name", BREAKS)
def test_hostile_pages_give_a_result_or_one_sentence(driver: WebDriver, open_page: Open, name: str) -> None:
    open_page(f"{CLOBBERED}<select aria-label=Size><option>S</select><script>{BREAKS[name]}</script>")
    began = time.monotonic()
    if name in HOPELESS:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            ReadOptions(driver)("size")
    else:
        assert "\n- S" in ReadOptions(driver)("size")
    assert time.monotonic() - began < 10
