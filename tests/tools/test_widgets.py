"""Widgets as real pages have them, worked with our tools alone. Each page judges itself: its title says "done"."""

import time

from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.fill import Fill
from webagent.tools.keyboard import PressKeys, TypeText
from webagent.tools.pointer import ClickAt, DragAt, HoverAt
from webagent.tools.scroll import ScrollAt

PAGE = "<style>body{{margin:0;font:16px sans-serif}}</style>{}<script>done = () => document.title = 'done';{}</script>"


def seen(driver: WebDriver, selector: str) -> tuple[float, float]:
    """Return the middle of what a person sees, as one who looks at the picture would name it."""
    x, y = driver.execute_script(
        "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [box.left + box.width / 2, box.top + box.height / 2]",
        selector,
    )
    return round(x), round(y)


def test_a_native_select(driver: WebDriver, open_page: Open) -> None:
    html = (
        "<label for=s style='display:block;width:100px'>Country</label><select id=s><option>Austria<option>France"
        "<option>Finland<option>Greece</select>"
    )
    open_page(PAGE.format(html, "s.onchange = e => { if (e.isTrusted && s.value == 'Finland') done() }"))
    ClickAt(driver)(*seen(driver, "label"))
    assert TypeText(driver)("Fin") == "Typed 3 characters into combobox 'Country'; it now holds 'Finland'."
    assert driver.title == "done"
    open_page(PAGE.format(html, "s.onchange = () => { if (s.value == 'Greece') done() }"))
    Fill(driver)("Country", "Greece")
    assert driver.title == "done"


def test_a_select_that_the_page_has_made(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<div role=combobox aria-label=Size tabindex=0 id=c style='width:200px;height:30px;border:1px solid'>Choose"
            "</div><ul id=l role=listbox hidden style='margin:0;width:200px;height:90px;overflow:auto'></ul>",
            "for (let i = 0; i < 20; i += 1) l.innerHTML += `<li role=option id=o${i} style='height:30px'>Size ${i}`;"
            "c.onmousedown = e => { if (e.isTrusted) l.hidden = false };"
            "l.onclick = e => { if (e.isTrusted && e.target.id == 'o17') done(); l.hidden = true };",
        )
    )
    ClickAt(driver)(*seen(driver, "#c"))
    assert ScrollAt(driver)(*seen(driver, "#l"), 0, 450).startswith("Scrolled listbox")
    assert ClickAt(driver)(*seen(driver, "#o17")).startswith("Clicked option 'Size 17'")
    assert driver.title == "done"


def test_date_and_time(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<label>Arrival <input type=date id=d></label><label>At <input type=time id=t></label>",
            "let heard = new Set(); for (const kind of ['input', 'change']) addEventListener(kind, e => {"
            "heard.add(e.target.id + e.type);"
            "if (d.value == '2026-07-14' && t.value == '09:30' && heard.size == 4) done() })",
        )
    )
    Fill(driver)("Arrival", "2026-07-14")
    Fill(driver)("At", "09:30")
    assert driver.title == "done"


def test_a_slider(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<input id=r type=range min=0 max=100 value=0 style='position:absolute;left:50px;top:50px;width:300px'>",
            "r.onchange = e => { if (e.isTrusted && r.value == 73) done() }",
        )
    )
    _, y = seen(driver, "#r")
    DragAt(driver)(58, y, 200, y)
    assert 45 < int(driver.execute_script("return r.value")) < 60
    at = int(driver.execute_script("return r.value"))
    PressKeys(driver)("RIGHT " * (73 - at))
    assert driver.title == "done"


def test_a_text_in_the_page_itself(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<div id=e contenteditable style='height:100px'><p>Old text</p></div>",
            "let trusted = true; e.addEventListener('beforeinput', event => { trusted &&= event.isTrusted });"
            "e.oninput = () => { if (trusted && e.innerText.trim() == 'New text') done() }",
        )
    )
    ClickAt(driver)(*seen(driver, "p"), clicks=3)
    TypeText(driver)("New text")
    assert driver.title == "done"


def test_suggestions(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<label>City <input id=i autocomplete=off></label><ul id=l role=listbox style='margin:0'></ul>",
            "i.oninput = e => { if (e.isTrusted) setTimeout(() => { l.innerHTML = i.value.length < 3 ? '' :"
            "'<li role=option>Paris, Texas</li><li role=option id=p>Paris, France</li>' }, 50) };"
            "i.onblur = () => { l.innerHTML = '' };"
            "l.onmousedown = e => { e.preventDefault(); if (e.isTrusted && e.target.id == 'p') { i.value = "
            "e.target.textContent; done() } }",
        )
    )
    assert Fill(driver)("City", "Par") == "textbox 'City' now holds 'Par'."
    until(driver, "document.querySelector('#p')")
    ClickAt(driver)(*seen(driver, "#p"))
    assert driver.title == "done"
    assert driver.execute_script("return i.value") == "Paris, France"


CARDS = (
    "<style>div{{position:absolute;width:120px;height:60px;background:#cde;user-select:none}}</style>"
    "<div id=a {} style='left:50px;top:50px'>Card</div><div id=b style='left:500px;top:400px;width:300px;height:200px'>"
    "Here</div>"
)


def test_a_thing_that_html_drags(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            CARDS.format("draggable=true"),
            "let trusted = true, over = 0; const note = e => { trusted &&= e.isTrusted };"
            "a.ondragstart = e => { note(e); e.dataTransfer.setData('text/plain', 'card') };"
            "b.ondragover = e => { note(e); over += 1; e.preventDefault() };"
            "b.ondrop = e => { note(e); if (trusted && over && e.dataTransfer.getData('text/plain') == 'card') "
            "b.dataset.got = 1 };"
            "a.ondragend = e => { note(e); if (trusted && b.dataset.got) done() }",
        )
    )
    DragAt(driver)(*seen(driver, "#a"), *seen(driver, "#b"))
    assert driver.title == "done"
    # The mouse is itself again.
    driver.execute_script("document.title = ''; b.onclick = e => { if (e.isTrusted) done() }")
    ClickAt(driver)(*seen(driver, "#b"))
    assert driver.title == "done"


def test_a_thing_that_its_page_drags(driver: WebDriver, open_page: Open) -> None:
    """As libraries do it: nothing moves before some pixels, and what is under the pointer is asked for at the end."""
    open_page(
        PAGE.format(
            CARDS.format("").replace("#cde", "#cde;touch-action:none"),
            "let from = null, moved = 0; a.onpointerdown = e => { if (e.isTrusted) { from = [e.clientX, e.clientY];"
            "a.setPointerCapture(e.pointerId) } }; a.onpointermove = e => { if (!from) return;"
            "const [x, y] = [e.clientX - from[0], e.clientY - from[1]];"
            "if (Math.hypot(x, y) > 5) { moved += 1; a.style.transform = `translate(${x}px, ${y}px)` } };"
            "a.onpointerup = e => { a.hidden = true;"
            "if (moved > 4 && document.elementFromPoint(e.clientX, e.clientY) == b) done() }",
        )
    )
    DragAt(driver)(*seen(driver, "#a"), *seen(driver, "#b"))
    assert driver.title == "done"


def test_a_menu_that_opens_under_the_pointer(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<style>.m{width:150px;padding:8px;background:#eee} .m > div{display:none;position:absolute;left:160px;"
            "top:20px} .m:hover > div{display:block} #two > div{left:150px;top:0}</style>"
            "<div class=m id=one>Shop<div class=m id=two>Men<div class=m id=three>Sale</div></div></div>",
            "three.onclick = e => { if (e.isTrusted && two.matches(':hover')) done() }",
        )
    )
    x, y = seen(driver, "#one")
    HoverAt(driver)(x, y)
    HoverAt(driver)(*seen(driver, "#two"))
    ClickAt(driver)(*seen(driver, "#three"))
    assert driver.title == "done"


def test_a_list_that_grows_as_it_is_scrolled(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<div id=l></div><p id=end>…</p>",
            "let n = 0; const more = () => { for (let i = 0; i < 20 && n < 100; i += 1, n += 1)"
            "l.insertAdjacentHTML('beforeend', `<p style='height:60px;margin:0'><button id=b${n}>Row ${n}</button>`) };"
            "more();"
            "new IntersectionObserver(seen => { if (seen[0].isIntersecting) setTimeout(more, 30) }).observe(end);"
            "l.onclick = e => { if (e.isTrusted && e.target.id == 'b99') done() }",
        )
    )
    for _ in range(30):
        said = ScrollAt(driver)(500, 500, 0, 800)
        if said.startswith("Nothing"):
            break
    assert said.startswith("Nothing at (500, 500) can be scrolled down. There: the page, left 0 down")
    ClickAt(driver)(*seen(driver, "#b99"))
    assert driver.title == "done"


def test_scroll_areas_in_one_another(driver: WebDriver, open_page: Open) -> None:
    rows = "".join(f"<li style='height:40px' id=r{n}>Row {n}</li>" for n in range(24))
    open_page(
        PAGE.format(
            "<section style='height:400px;width:500px;overflow:auto'><div style='height:500px'>Above</div>"
            f"<ul id=l style='height:300px;overflow:auto;margin:0'>{rows}</ul><div style='height:900px'>Below</div>"
            "</section><p style='height:3000px'>",
            "l.onclick = e => { if (e.isTrusted && e.target.id == 'r23' && !scrollY) done() }",
        )
    )
    assert ScrollAt(driver)(200, 200, 0, 450).startswith("Scrolled section")
    assert ScrollAt(driver)(*seen(driver, "#l"), 0, 660).endswith("Left: 0 down, 660 up.")
    assert ClickAt(driver)(*seen(driver, "#r23")).startswith("Clicked li 'Row 23'")
    assert driver.title == "done"


def test_what_lies_under_a_header_that_stays(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<header style='position:sticky;top:0;height:80px;background:#fff' onclick='document.title = \"header\"'>"
            "Top</header><p style='height:300px;margin:0'><a id=a href='#x'>Read on</a><p style='height:4000px'>",
            "a.onclick = e => { if (e.isTrusted) done() }",
        )
    )
    driver.execute_script("scrollTo(0, 60)")
    assert "Clicked clickable 'Top'" in ClickAt(driver)(*seen(driver, "#a"))  # what lies over it is told
    assert driver.title == "header"
    ScrollAt(driver)(500, 500, 0, -60)
    assert "Clicked link 'Read on'" in ClickAt(driver)(*seen(driver, "#a"))
    assert driver.title == "done"


def test_a_button_that_moves(driver: WebDriver, open_page: Open) -> None:
    open_page(
        PAGE.format(
            "<style>@keyframes to{to{transform:translateX(200px)}}</style><button id=b style='width:90px;height:40px;"
            "animation:to 4s linear infinite alternate'>Catch</button>",
            "b.onclick = e => { if (e.isTrusted) done() }",
        )
    )
    ClickAt(driver)(*seen(driver, "#b"))
    assert driver.title == "done"


def until(driver: WebDriver, script: str) -> None:
    """Wait until the page's script says that it is so."""
    end = time.monotonic() + 10
    while not driver.execute_script(f"return Boolean({script})"):
        assert time.monotonic() < end, script


def test_the_pages_do_not_judge_themselves_done(driver: WebDriver, open_page: Open, site: Site) -> None:
    """Events that scripts make do not count as a person's."""
    open_page(PAGE.format("<button id=b>Go</button>", "b.onclick = e => { if (e.isTrusted) done() }"))
    driver.execute_script("b.click()")
    assert driver.title != "done"
