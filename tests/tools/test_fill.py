"""fill."""

from typing import Any

import pytest
from memory_site import Open, Site
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.fill import Fill

FORM = """<style>p{margin:4px}</style>
<p><label for=a>First name:</label> <input id=a name=fn>
<p><label>E-Mail <input type=email name=mail value="old@x.org"></label>
<p><input type=search placeholder="Search the shop" id=q>
<p><textarea aria-label="Your message">old</textarea>
<table><tr><td>Street<td><input id=st><td>Town<td><input id=to></table>
<p><b id=lab>Nick <i>name</i></b><input aria-labelledby=lab id=nick>
<p><input name=zip_code id=zip>
<div><div>Above it</div><div><input id=ab></div></div>
<p><label>Amount <input type=number id=nu></label> <label>Site <input type=url id=ur></label>
<p><label>Password <input type=password id=pw value=old></label>
<p><label>Fixed <input id=fi readonly value=12></label> <label>Gone <input id=go disabled></label>
<p><label>Country <select id=co><option value="">Choose</option><option value=de>Germany</option>
<option value=fr>France</option><option value=pf>French Polynesia</option><option disabled>Atlantis</option>
</select></label>
<p>Letter</p><div id=le contenteditable>Old <b>text</b></div>
<script>window.seen = {}; for (const kind of ['input', 'change']) addEventListener(kind, e => {
(seen[e.target.id || e.target.name] ??= []).push(e.type) })</script>"""


CALLED: list[tuple[str, Any, str, str]] = [
    ("First name", "Ada", "textbox 'First name:' now holds 'Ada'.", "a.value"),
    ("first NAME *", "Ada", "textbox 'First name:' now holds 'Ada'.", "a.value"),
    ("First name field", "Ada", "textbox 'First name:' now holds 'Ada'.", "a.value"),
    (
        "email",
        "ada@x.org",
        "textbox 'E-Mail' now holds 'ada@x.org'.",
        "document.getElementsByName('mail')[0].value",
    ),
    ("Search", "coat", "textbox 'Search the shop' now holds 'coat'.", "q.value"),
    ("Your message", "a\nb", "textbox 'Your message' now holds 'a b'.", "document.querySelector('textarea').value"),
    ("Street", "Main", "textbox 'Street' now holds 'Main'.", "st.value"),
    ("Town", "Rome", "textbox 'Town' now holds 'Rome'.", "to.value"),
    ("Nick name", "ada", "textbox 'Nick name' now holds 'ada'.", "nick.value"),
    ("Zip code", "123", "textbox 'zip_code' now holds '123'.", "zip.value"),
    ("Above it", "x", "textbox 'Above it' now holds 'x'.", "ab.value"),
    ("Amount", 12, "spinbutton 'Amount' now holds '12'.", "nu.value"),
    ("Country", "France", "combobox 'Country' now holds 'France'.", "co.value"),
    ("Country", "DE", "combobox 'Country' now holds 'Germany'.", "co.value"),
    ("Letter", "Dear\nAda", "textbox 'Letter' now holds 'Dear Ada'.", "le.innerText"),
    ("First name", "", "textbox 'First name:' now is empty.", "a.value"),
]


def test_a_field_is_found_by_what_a_person_calls_it(driver: WebDriver, open_page: Open) -> None:
    open_page(FORM)
    for field, text, said, script in CALLED:
        assert Fill(driver)(field, text) == said
        held = str(driver.execute_script(f"return {script}"))
        assert held == {"France": "fr", "DE": "de"}.get(text, str(text))


def test_the_page_hears_of_it(driver: WebDriver, open_page: Open) -> None:
    open_page(FORM)
    fill = Fill(driver)
    fill("Town", "Rome")
    fill("Country", "Germany")
    fill("Letter", "Hi")
    seen = driver.execute_script("return seen")
    assert seen["to"][:5] == ["input"] * 4 + ["change"]  # and once more, as of anybody, when it is left
    assert seen["co"] == ["input", "change"]
    assert seen["le"] == ["input"] * 3  # what was there went first
    # One listed by its number is what other tools may be given.
    assert fill(driver.find_element(By.ID, "st"), "Main") == "textbox 'Street' now holds 'Main'."


def test_a_value_that_frameworks_keep_beside_the_element_is_news_to_them(driver: WebDriver, open_page: Open) -> None:
    """As React does it: at an event it asks for the value, and takes no notice where it is the one it knows."""
    open_page(
        "<label>Day <input id=d type=date></label><script>let last = '', heard = [];"
        "const real = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');"
        "Object.defineProperty(d, 'value', {configurable: true, get() { return real.get.call(this) },"
        "set(value) { last = value; real.set.call(this, value) }});"
        "document.addEventListener('input', () => { if (d.value !== last) { last = d.value; heard.push(last) } });"
        "</script>"
    )
    assert Fill(driver)("Day", "2026-03-05") == "textbox 'Day' now holds '2026-03-05'."
    assert driver.execute_script("return heard") == ["2026-03-05"]


VALUES = [
    ("date", "2026-03-05", "holds '2026-03-05'."),
    ("time", "14:30", "holds '14:30'."),
    ("datetime-local", "2026-03-05 14:30", "holds '2026-03-05T14:30'."),
    ("month", "2026-03", "holds '2026-03'."),
    ("week", "2026-W10", "holds '2026-W10'."),
    ("color", "#3366cc", "holds '#3366cc'."),
    ("range", "70", "holds '70'."),
    ("range", "700", "holds '100' and not what was given: the page changed or refused it."),
    (
        "date",
        "5 March 2026",
        "is empty and not what was given: the page changed or refused it. It takes values such as 2026-03-05.",
    ),
    (
        "number",
        "abc",
        "is empty and not what was given: the page changed or refused it. It takes values such as a number.",
    ),
]


def test_values_that_are_no_text(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "".join(f"<label>{kind} one <input type={kind}></label>" for kind in dict.fromkeys(k for k, *_ in VALUES))
    )
    for kind, text, said in VALUES:
        assert Fill(driver)(f"{kind} one", text).split(" now ", 1)[1] == said


def test_what_a_page_makes_of_a_value_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<label>Short <input maxlength=3></label><label>Upper <input oninput='this.value = this.value.toUpperCase()'>"
        "</label><label>Stubborn <input value=12 onkeydown='event.preventDefault()' oninput='this.value = 12'></label>"
        "<label>Keyless <input onkeydown='event.preventDefault()'></label>"
        "<label>Mail <input type=email></label>"
    )
    fill = Fill(driver)
    assert fill("Short", "abcdef") == (
        "textbox 'Short' now holds 'abc' and not what was given: the page changed or refused it."
    )
    assert fill("Upper", "abc") == (
        "textbox 'Upper' now holds 'ABC' and not what was given: the page changed or refused it."
    )
    assert fill("Stubborn", "99").startswith("textbox 'Stubborn' now holds '12' and not what was given")
    assert fill("Keyless", "99") == "textbox 'Keyless' now holds '99'."
    said = fill("Mail", "nobody")
    assert said.startswith("textbox 'Mail' now holds 'nobody'. The page will not take it as it is: ")


def test_a_password_is_not_told(driver: WebDriver, open_page: Open) -> None:
    open_page(FORM)
    assert Fill(driver)("Password", "hunter2") == "textbox 'Password' now holds what was given."
    driver.execute_script("pw.maxLength = 3")
    assert Fill(driver)("Password", "hunter2") == "textbox 'Password' now holds something else than was given."
    assert driver.execute_script("return pw.value") == "hun"


def test_fields_in_frames_and_shadow_roots(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<label>Inner <input></label>"
    site.pages["/other"] = "<label>Other <input></label>"
    open_page(
        f"<iframe src=/in></iframe><iframe src={site.url('/other', 'localhost')}></iframe><div id=h></div><script>"
        "h.attachShadow({mode: 'open'}).innerHTML = '<label>Shade <input></label>'</script>"
    )
    fill = Fill(driver)
    for name in ("Inner", "Other", "Shade"):
        assert fill(name, "abc") == f"textbox '{name}' now holds 'abc'."
        assert driver.execute_script("return self === top") is True
    assert driver.execute_script("return h.shadowRoot.querySelector('input').value") == "abc"
    # An element of the document that the driver is in, as helium leaves it.
    driver.switch_to.frame(1)
    assert fill(driver.find_element(By.CSS_SELECTOR, "input"), "x") == "textbox 'Other' now holds 'x'."


def test_a_long_text_and_one_with_tabs_are_given_at_once(driver: WebDriver, open_page: Open) -> None:
    open_page(FORM)
    long = "word " * 2000
    assert Fill(driver)("Your message", long).startswith("textbox 'Your message' now holds 'word word")
    assert driver.execute_script("return document.querySelector('textarea').value") == long
    Fill(driver)("Your message", "a\tb")
    assert driver.execute_script("return document.querySelector('textarea').value") == "a\tb"
    Fill(driver)("Letter", "a b" * 500)
    assert driver.execute_script("return le.innerText") == "a b" * 500


def test_several_that_match_are_counted(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<fieldset>Billing <label>Street <input id=one disabled></label></fieldset>"
        "<fieldset>Delivery <label>Street <input id=two></label></fieldset><label>Street number <input></label>"
    )
    said = Fill(driver)("Street", "Main")
    assert said == "textbox 'Street' now holds 'Main'. 2 fields match 'Street'; number 2 was taken."
    assert driver.execute_script("return two.value") == "Main"


REFUSED: list[tuple[Any, Any, str]] = [
    ("Birthday", "1", r"^There is no field 'Birthday'. There are: textbox 'First name:', textbox 'E-Mail', "),
    ("Fixed", "1", r"^textbox 'Fixed' is read-only. If it opens something to choose from, click it"),
    ("Gone", "1", "^textbox 'Gone' is disabled"),
    ("Country", "Spain", r"'Country' has no option 'Spain'; it has 'Choose', 'Germany', 'France', 'French Poly"),
    ("Country", "Atlantis", "has no option 'Atlantis'"),
    ("", "1", "fill takes a field's label"),
    (5, "1", "fill takes a field's label"),
    ("Town", None, "fill takes a text, not None"),
    ("Town", "x" * 20_001, "at most 20,000 characters"),
]


def test_what_cannot_be_filled_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(FORM)
    for field, text, said in REFUSED:
        with pytest.raises(ValueError, match=said):
            Fill(driver)(field, text)


def test_options_that_match_in_part(driver: WebDriver, open_page: Open) -> None:
    open_page(FORM)
    assert Fill(driver)("Country", "F").endswith("now holds 'France'. 2 options match; the first was taken.")
    assert Fill(driver)("Country", "polynesia") == "combobox 'Country' now holds 'French Polynesia'."


def test_a_page_without_fields_and_elements_that_are_none(driver: WebDriver, open_page: Open) -> None:
    open_page("<p id=p>text<input type=hidden><input type=file id=f>")
    with pytest.raises(ValueError, match="There is no field 'x': the page shows no fields at all"):
        Fill(driver)("x", "1")
    for name in ("p", "f"):
        with pytest.raises(ValueError, match="is no field to write into"):
            Fill(driver)(driver.find_element(By.ID, name), "/etc/passwd")
    gone = driver.find_element(By.ID, "p")
    open_page("<p>other")
    with pytest.raises(RuntimeError, match="The field is gone"):
        Fill(driver)(gone, "1")


def test_a_dialog_that_filling_opens_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<label>Ask <input oninput=\"alert('Hey')\"></label>"
        "<label>Then <input onchange=\"this.onchange = null; alert('Ho')\"></label>"
    )
    assert Fill(driver)("Ask", "a").startswith("Typed into textbox 'Ask'. A dialog opened: Hey; ")
    with pytest.raises(RuntimeError, match="A dialog is open: Hey"):
        Fill(driver)("Ask", "a")
    driver.switch_to.alert.dismiss()
    assert Fill(driver)("Then", "a").startswith("Filled textbox 'Then'. A dialog opened: Ho; ")
    driver.switch_to.alert.dismiss()
