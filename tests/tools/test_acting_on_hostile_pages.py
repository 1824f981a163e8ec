"""The tools that scroll, type and fill, on pages that break what they are asked with, that lie, and that are large."""

import time
from collections.abc import Callable

import pytest
from hostile import BREAKS, CLOBBERED, HOPELESS, LIES, liar
from memory_site import Open
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.grid import Grid
from webagent.tools.fill import Fill
from webagent.tools.keyboard import PressKeys, TypeText
from webagent.tools.pointer import ClickAt, DragAt, HoverAt
from webagent.tools.scroll import ScrollAt

VIEW = Grid((1120, 896), (1120, 896))
PAGE = (
    "<label>Name <input id=i></label>" + CLOBBERED + "<p style='height:3000px'>Text</p><script>"
    "i.focus({preventScroll: true});</script>"
)


@pytest.mark.parametrize("name", BREAKS)
def test_a_page_that_breaks_things_is_acted_on_or_told_of(driver: WebDriver, open_page: Open, name: str) -> None:
    # What breaks the page comes last: the driver needs some of it to load it.
    open_page(PAGE + f"<script>{BREAKS[name]}</script>")
    acts: list[Callable[[], str]] = [
        lambda: ClickAt(driver, VIEW)(60, 15),
        lambda: HoverAt(driver, VIEW)(300, 300),
        lambda: TypeText(driver)("a"),
        lambda: PressKeys(driver)("b"),
        lambda: Fill(driver)("Name", "abc"),
        lambda: ScrollAt(driver, VIEW)(500, 500, 0, 100),
        lambda: DragAt(driver, VIEW)(500, 300, 510, 310),
    ]
    for act in acts:
        try:
            said = act()
        except (RuntimeError, ValueError) as error:
            said = str(error)
            assert name in HOPELESS | {"getters"}, said
        assert 0 < len(said) < 400
    driver.switch_to.default_content()


def test_a_page_that_lies_is_no_error_of_ours(driver: WebDriver, open_page: Open) -> None:
    open_page(PAGE)
    for lie in [
        *LIES,
        {"things": [None, 5, {"at": [1, "x"]}], "frame": 7, "x": None},
        {"fields": [5, {"frame": 1}, {"names": 5}]},
    ]:
        answers = [lie] * 60
        acts: list[Callable[[], str]] = [
            lambda answers=answers: ClickAt(liar(driver, *answers), VIEW)(60, 15),  # type: ignore[misc]
            lambda answers=answers: TypeText(liar(driver, *answers))("a"),  # type: ignore[misc]
            lambda answers=answers: PressKeys(liar(driver, *answers))("b"),  # type: ignore[misc]
            lambda answers=answers: Fill(liar(driver, *answers))("Name", "abc"),  # type: ignore[misc]
        ]
        for act in acts:
            try:
                assert isinstance(act(), str)
            except (RuntimeError, ValueError) as error:
                assert "\n" not in str(error)


def test_what_a_page_calls_its_things_is_cleaned_and_cut(driver: WebDriver, open_page: Open) -> None:
    nasty = "A\x1b[31m\u202eB" + "x" * 5000
    open_page(f"<input id=i aria-label='{nasty}'><div role='{nasty}' aria-label='{nasty}' style='height:500px'></div>")
    driver.execute_script("i.focus()")
    for said in (
        TypeText(driver)("a"),
        PressKeys(driver)("b"),
        Fill(driver)("A[31mB", "c"),
        ClickAt(driver)(300, 300),
        ScrollAt(driver)(300, 300, 0, 5),
    ):
        assert len(said) < 300
        assert "\x1b" not in said
        assert "\u202e" not in said


def test_a_large_page_is_not_waited_for(driver: WebDriver, open_page: Open) -> None:
    open_page(
        "<div id=d></div><p style='height:2000px'></p><label>Last <input></label><script>"
        "d.innerHTML = '<div><b></b><input size=1><i></i></div>'.repeat(15000);</script>"
    )
    began = time.monotonic()
    with pytest.raises(ValueError, match="There is no field 'Nowhere'"):
        Fill(driver)("Nowhere", "x")
    assert ScrollAt(driver)(500, 500, 0, -100).startswith("Nothing at (500, 500) can be scrolled up.")
    ClickAt(driver)(500, 500)
    assert time.monotonic() - began < 30
