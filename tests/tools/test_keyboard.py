"""type_text and press_keys."""

import pytest
from memory_site import Open, Site
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.keyboard import LONGEST, PressKeys, TypeText
from webagent.tools.keys import strokes

LISTEN = (
    "<script>window.seen = []; for (const kind of ['keydown','input','change','submit']) addEventListener(kind, e => {"
    "if (e.type == 'submit') e.preventDefault();"
    "seen.push(e.type == 'keydown' ? `${e.ctrlKey ? 'C-' : ''}${e.shiftKey ? 'S-' : ''}${e.key}` : e.type) })</script>"
)


def focus(driver: WebDriver, selector: str) -> None:
    driver.execute_script("document.querySelector(arguments[0]).focus()", selector)


def test_text_is_typed_by_real_keys(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN + "<form><label>Name <input id=i></label></form>")
    focus(driver, "#i")
    assert TypeText(driver)("aB ç") == "Typed 4 characters into textbox 'Name'; it now holds 'aB ç'."
    assert [one for one in driver.execute_script("return seen") if one != "input"] == ["a", "S-B", " ", "ç"]
    assert TypeText(driver)("x") == "Typed 1 character into textbox 'Name'; it now holds 'aB çx'."
    said = TypeText(driver)("neu 漢字 😀", clear=True, press_enter=True)
    assert said == "Typed 8 characters into textbox 'Name' and pressed ENTER; it now holds 'neu 漢字 😀'."
    assert driver.execute_script("return seen.at(-1)") == "submit"
    assert TypeText(driver)("", clear=True) == "Typed 0 characters into textbox 'Name'; it now holds ''."
    assert driver.execute_script("return i.value") == ""


def test_it_is_typed_into_text_areas_and_into_the_page_itself(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<textarea id=t aria-label=Notes>old</textarea>"
        "<div id=e contenteditable aria-label=Letter>old <b>text</b></div>"
        "<div id=r role=application aria-label=Sheet tabindex=0></div>" + LISTEN
    )
    focus(driver, "#t")
    assert TypeText(driver)("a\nb\r\nc", clear=True) == "Typed 6 characters into textbox 'Notes'; it now holds 'a b c'."
    assert driver.execute_script("return t.value") == "a\nb\nc"
    focus(driver, "#e")
    assert TypeText(driver)("new", clear=True) == "Typed 3 characters into textbox 'Letter'; it now holds 'new'."
    focus(driver, "#r")
    assert TypeText(driver)("=1") == "Typed 2 characters into application 'Sheet'."
    assert driver.execute_script("return seen.slice(-2)") == ["=", "1"]


def test_a_password_is_not_told(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<input id=p type=password aria-label=Secret value=hunter2>"
        "<input id=q autocomplete=current-password aria-label=Pin>"
    )
    for selector, name in (("#p", "Secret"), ("#q", "Pin")):
        focus(driver, selector)
        assert TypeText(driver)("hunter3", clear=True) == f"Typed into textbox '{name}'."
        assert driver.execute_script("return document.activeElement.value") == "hunter3"


def test_frames_and_shadow_roots_are_typed_into(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/in"] = "<input aria-label=Inner autofocus>"
    open_page(
        f"<iframe src={site.url('/in', 'localhost')}></iframe><div id=h></div><script>"
        "h.attachShadow({mode: 'open'}).innerHTML = '<input aria-label=Shade>'</script>"
    )
    driver.execute_script("h.shadowRoot.firstChild.focus()")
    assert TypeText(driver)("ab") == "Typed 2 characters into textbox 'Shade'; it now holds 'ab'."
    driver.switch_to.frame(0)
    driver.execute_script("document.querySelector('input').focus()")
    assert TypeText(driver)("cd") == "Typed 2 characters into textbox 'Inner'; it now holds 'cd'."
    assert driver.execute_script("return self === top") is True


@pytest.mark.parametrize(
    ("html", "selector", "said"),
    [
        ("<p>x", "p", r"Nothing that takes text is in focus \(body is\): click a field first"),
        ("<button>Go</button>", "button", r"in focus \(button 'Go' is\)"),
        ("<input type=checkbox aria-label=Agree>", "input", r"in focus \(checkbox 'Agree' is\)"),
        ("<input aria-label=Fixed readonly>", "input", "The textbox 'Fixed' in focus is read-only: it takes no text"),
    ],
)
def test_where_nothing_takes_text_it_is_told(
    driver: WebDriver, open_page: Open, html: str, selector: str, said: str
) -> None:
    open_page(html)
    focus(driver, selector)
    with pytest.raises(ValueError, match=said):
        TypeText(driver)("abc")


def test_what_cannot_be_typed_is_an_error(driver: WebDriver, open_page: Open) -> None:
    open_page("<input id=i><input id=d type=date aria-label=Day>")
    focus(driver, "#i")
    with pytest.raises(ValueError, match="takes a text, not 5"):
        TypeText(driver)(5)
    with pytest.raises(ValueError, match="too long to type"):
        TypeText(driver)("x" * (LONGEST + 1))
    with pytest.raises(ValueError, match="characters that stand for keys"):
        TypeText(driver)("a" + Keys.CONTROL)
    focus(driver, "#d")
    with pytest.raises(ValueError, match=r"'Day' in focus holds a value that is not typed over: use fill"):
        TypeText(driver)("1", clear=True)
    assert driver.execute_script("return i.value + d.value") == ""


def test_what_a_key_leads_to_is_told(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/new"] = "<title>New</title>"
    open_page(
        "<input id=i aria-label=Ask onkeydown=\"if (event.key == 'Enter') alert('Sure?')\">"
        "<input id=t aria-label=Open onkeydown=\"window.open('/new')\"><input id=n aria-label=One maxlength=1 "
        "oninput='m.focus()'><input id=m aria-label=Two>"
    )
    focus(driver, "#n")
    assert TypeText(driver)("1") == "Typed 1 character into textbox 'One'; in focus is now textbox 'Two'."
    focus(driver, "#i")
    said = TypeText(driver)("ab", press_enter=True)
    assert said.startswith("Typed 2 characters into textbox 'Ask' and pressed ENTER. A dialog opened: Sure?; ")
    for again in (lambda: TypeText(driver)("c"), lambda: PressKeys(driver)("TAB")):
        with pytest.raises(RuntimeError, match=r"^A dialog is open: Sure\?"):
            again()
    driver.switch_to.alert.dismiss()
    assert TypeText(driver)("c").endswith("it now holds 'abc'.")  # nothing is held down
    focus(driver, "#t")
    assert " A new tab opened; now in it: 'New'" in PressKeys(driver)("x")


def test_keys_are_pressed_and_held_together(driver: WebDriver, open_page: Open) -> None:
    open_page(LISTEN + "<input id=i aria-label=Name value=text>")
    focus(driver, "#i")
    assert PressKeys(driver)("Ctrl+A backspace") == "Pressed Ctrl+A backspace on textbox 'Name'."
    assert driver.execute_script("return [i.value, seen]") == ["", ["C-Control", "C-a", "Backspace", "input"]]
    driver.execute_script("i.blur(); seen.length = 0")
    assert PressKeys(driver)("down SHIFT+Tab Escape + F5") == "Pressed down SHIFT+Tab Escape + F5."
    seen = driver.execute_script("return seen")
    assert seen == ["ArrowDown", "S-Shift", "S-Tab", "Escape", "S-+", "F5"]


def test_names_of_keys() -> None:
    assert strokes("CONTROL+A ctrl+shift+T") == [(Keys.CONTROL, "a"), (Keys.CONTROL, Keys.SHIFT, "t")]
    assert strokes("A a + CONTROL++ ctrl+plus") == [("A",), ("a",), ("+",), (Keys.CONTROL, "+"), (Keys.CONTROL, "+")]
    assert strokes("cmd+c Meta+v") == [(Keys.META, "c"), (Keys.META, "v")]
    assert strokes("Page_Down pagedown PAGE-DOWN pgdn ArrowLeft arrow_left left") == [
        *[(Keys.PAGE_DOWN,)] * 4,
        *[(Keys.ARROW_LEFT,)] * 3,
    ]
    assert strokes("esc RETURN enter del F12 space") == [
        *[(key,) for key in (Keys.ESCAPE, Keys.ENTER, Keys.ENTER, Keys.DELETE, Keys.F12, Keys.SPACE)]
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "There are no keys to press"),
        ("ENTR", r"There is no key 'ENTR'; there are ENTER.*type_text"),
        ("CONTROL+ESCAP", r"There is no key 'ESCAP' in 'CONTROL\+ESCAP'; there are ESCAPE"),
        ("hello", "There is no key 'hello'; there are .* Text is typed with type_text"),
        ("F13", r"There is no key 'F13'; there are .*F1,"),
        ("TAB " * 201, "These are 201 strokes: press at most 200"),
    ],
)
def test_a_key_that_there_is_not_is_told_with_near_ones(driver: WebDriver, keys: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PressKeys(driver)(keys)
