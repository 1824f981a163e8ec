"""read_page: what a page says, as Markdown, and what a PDF says."""

import time
from collections.abc import Callable, Iterator

import pytest
from hostile import BREAKS, CLOBBERED, HOPELESS, LIES, liar
from memory_site import Open, Site
from pdfs import pdf
from selenium.webdriver.remote.webdriver import WebDriver
from servers import Site as FileSite

from webagent.tools.links import FindLinks
from webagent.tools.options import ReadOptions
from webagent.tools.outline import PageOutline
from webagent.tools.read_page import ReadPage
from webagent.tools.tables import ReadTable


@pytest.fixture
def read(driver: WebDriver, open_page: Open) -> Callable[..., str]:
    """Open a page of this HTML and return what is read of it, without the first line."""

    def read_it(html: str, **how: int) -> str:
        open_page(html)
        return ReadPage(driver)(**how).partition("\n\n")[2]

    return read_it


def test_structure_becomes_markdown(read: Callable[..., str], site: Site) -> None:
    assert read(
        "<main><h1>A  title</h1><p>One <b>bold</b> word,<br>a line <s>9.99</s> <span>"
        "<a href=/next?a=(1)>a   link</a></span>.</p>"
        "<div>Block <code>code()</code></div><div>Another</div>"
        "<ul><li>First<ul><li>Inner</ul><li><p>Second</p><p>more</p></ul><ol start=3><li>Three<li>Four</ol>"
        "<blockquote><p>Quoted<p>twice</blockquote><pre>a  b\n  c</pre><div role=heading aria-level=3>Deep</div>"
        "<a href='javascript:x()'>Act</a> <a href=/icon aria-label=Icon><svg width=9 height=9></svg></a>"
        "<a href=/card><h3>Card</h3><p>9.99</p></a>"
    ) == (
        f"# A title\n\nOne bold word,\na line ~~9.99~~ [a link]({site.url('/next?a=%281%29')}).\n\nBlock `code()`\n\n"
        "Another\n\n- First\n  - Inner\n- Second\n  more\n\n3. Three\n4. Four\n\n> Quoted\n>\n> twice\n\n"
        "```\na  b\n  c\n```\n\n### Deep\n\n"
        f"Act [Icon]({site.url('/icon')})\n\n[Card 9.99]({site.url('/card')})"
    )


def test_long_lists_go_on_counting(read: Callable[..., str]) -> None:
    lines = read("<ol start=5>" + "<li>item" * 120).split("\n")
    assert [line for line in lines if line] == [f"{number}. item" for number in range(5, 125)]


def test_tables_of_things_are_tables_and_those_for_layout_are_not(read: Callable[..., str]) -> None:
    assert read(
        "<table><caption>Prices</caption><tr><th>Item<th>Price<tr><td>Pen | ink<td>1<br>2<tr><td colspan=2>all"
        "<tr hidden><td>no</table>"
        "<table><tr><td>Left<td><table><tr><td>inner<tr><td>cells</table></table>"
        "<div role=grid><div role=row><span role=columnheader>A</span><span role=columnheader>B</span></div>"
        "<div role=row><span role=gridcell>1</span><span role=gridcell></span></div></div>"
    ) == (
        "Prices\n\n| Item | Price |\n| --- | --- |\n| Pen \\| ink | 1 2 |\n| all | |\n\nLeft\n\n"
        "| inner |\n| --- |\n| cells |\n\n| A | B |\n| --- | --- |\n| 1 |  |"
    )


def test_fields_say_their_values_but_no_password(read: Callable[..., str]) -> None:
    assert read(
        "<p><label>Name: <input value=Ada></label><p><label><input type=checkbox checked> Agree</label>"
        "<p><input type=password aria-label=Password value=secret1><input autocomplete=current-password value=secret2>"
        "<p><input placeholder=Search><select aria-label=Size><option>S<option selected>M</select>"
        "<p><textarea aria-label=Note>two\nlines</textarea><p><input type=submit value=Go>"
        "<button>Save <b>it</b></button><button aria-label=Close>x</button><input type=hidden value=secret3>"
        "<p><span role=switch aria-checked=true>Dark</span> "
        "<label><input type=radio hidden>Pro</label><p><img alt=Logo src=data:,><img alt='' src=data:,>"
    ) == (
        "Name: [textbox: Ada]\n\n[checkbox 'Agree': checked] Agree\n\n[textbox 'Password'] [textbox]\n\n"
        "[textbox 'Search'] [combobox 'Size': M]\n\n[textbox 'Note': two lines]\n\n"
        "[button 'Go'] [button 'Save it'] [button 'Close']\n\n[switch: checked] Dark "
        "[radio: not checked] Pro\n\n[image 'Logo']"
    )


def test_what_is_shown_is_read_wherever_it_stands_and_what_is_hidden_is_not(
    driver: WebDriver, open_page: Open, site: Site
) -> None:
    site.pages["/in"] = "<p>In the frame<iframe srcdoc='<p>innermost'></iframe>"
    foreign = site.url("/in", "localhost")
    open_page(
        "<div id=h><b slot=s>slotted</b></div><p hidden>no1</p><details><summary>More</summary>no2</details>"
        "<p style='visibility:hidden'>no3<b style='visibility:visible'>yes</b></p><iframe src=/in></iframe>"
        f"<iframe title=Ad src={foreign}></iframe><p>After</p><script>"
        "h.attachShadow({mode:'open'}).innerHTML='<h2>Shadow</h2><slot name=s></slot>'</script>"
    )
    driver.switch_to.frame(0)
    said = ReadPage(driver)()
    assert said == (
        f"Text of 'Test' ({site.url('/index.html')}).\n\n## Shadow\n\nslotted\n\nMore\n\nyes\n\nIn the frame\n\n"
        "innermost\n\n[frame 'Ad']\n\nAfter\n\n[frame 1, of another site:]\n\nIn the frame\n\ninnermost"
    )
    assert driver.execute_script("return window === top")


def test_long_pages_come_in_parts_that_say_how_to_go_on(driver: WebDriver, open_page: Open, site: Site) -> None:
    open_page("".join(f"<p>Paragraph {number}" for number in range(1000)))
    page = f"Text of 'Test' ({site.url('/index.html')}), characters"
    first = ReadPage(driver)(max_chars=100)
    assert first.startswith(f"{page} 0 to 91 of 14888; the rest: read_page(from_char=91).\n\nParagraph 0\n")
    parts, start = [], 0
    while True:
        head, _, text = ReadPage(driver)(max_chars=6000, from_char=start).partition("\n\n")
        assert len(text) <= 6000
        parts.append(text)
        if "; the rest: read_page(from_char=" not in head:
            break
        start = int(head.split("from_char=")[1].split(")")[0])
    assert "\n\n".join(parts) == "\n\n".join(f"Paragraph {number}" for number in range(1000))
    with pytest.raises(ValueError, match="The page has 14,888 characters: take from_char from 0 to 14887"):
        ReadPage(driver)(from_char=20_000)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"max_chars": 0}, "max_chars must be a whole number from 1, not 0"),
        ({"max_chars": True}, "max_chars must be a whole number from 1, not True"),
        ({"max_chars": 15_001}, "max_chars may be 15,000 at most"),
        ({"from_char": -1}, "from_char must be a whole number from 0, not -1"),
        ({"page": 2}, "This page is no PDF"),
    ],
)
def test_what_cannot_be_read_so_is_an_error_that_says_why(
    driver: WebDriver, open_page: Open, how: dict[str, int], why: str
) -> None:
    open_page("<p>text")
    with pytest.raises(ValueError, match=why):
        ReadPage(driver)(**how)


def test_text_does_not_become_structure_where_that_would_mislead(read: Callable[..., str], site: Site) -> None:
    said = read(
        "<p># No heading<p>| a | b |<p>[Bank](http://bank.example)<p>```<p>- dash<p>a_b*c*"
        "<p><a href='/evil'>Bank](http://bank.example)</a><p><a href='/x) [Bank](http://bank.example'>y</a>"
        "<table><tr><th>h<tr><td>a | b\x1b[31m</table><pre>```\n# in code</pre><p>a&lt;script&gt;\u202eb"
    )
    assert said == (
        "\\# No heading\n\n\\| a | b |\n\n[Bank]\\(http://bank.example)\n\n\\```\n\n- dash\n\na_b*c*\n\n"
        f"[Bank\\]\\(http://bank.example)]({site.url('/evil')})\n\n"
        f"[y]({site.url('/x%29%20%5bBank%5d%28http://bank.example')})\n\n"
        "| h |\n| --- |\n| a \\| b[31m |\n\n```\n``\n# in code\n```\n\na<script>b"
    )


def test_an_empty_page_and_a_dialog_are_said(driver: WebDriver, open_page: Open) -> None:
    open_page("<p hidden>no")
    assert ReadPage(driver)().endswith("/index.html) has no text that is shown.")
    driver.execute_script("setTimeout(() => alert('Sure?'))")
    with pytest.raises(RuntimeError, match=r"^A dialog is open: Sure\?; answer it"):
        ReadPage(driver)()
    driver.switch_to.alert.dismiss()


def test_what_comes_back_from_a_hostile_page_is_not_taken_on_trust(driver: WebDriver, open_page: Open) -> None:
    open_page("<p>text")
    for lie in [*LIES, {"html": "<ul>" * 3000, "whole": True}]:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read, as it breaks what it is read with"):
            ReadPage(liar(driver, {"kind": 9}, lie))()
    none = {"html": ["x"], "frames": 7, "whole": False}
    said = ReadPage(liar(driver, {"kind": 9}, none))()
    assert said.endswith(" has no text that is shown, as far as it could be read.")
    odd = {"html": "<p>x\x1b\ud800</p>", "frames": ["y", None], "whole": False}
    assert ReadPage(liar(driver, {"kind": 9}, odd))().startswith("Text of 'Test' (")


@pytest.mark.parametrize("name", BREAKS)
def test_hostile_pages_give_a_result_or_one_sentence(driver: WebDriver, open_page: Open, name: str) -> None:
    open_page(f"{CLOBBERED}<script>{BREAKS[name]}</script>")
    began = time.monotonic()
    if name in HOPELESS:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            ReadPage(driver)()
    else:
        assert ("bottom" if name == "deep" else "in form") in ReadPage(driver)()
    assert time.monotonic() - began < 10


HUGE = {
    "links": "".join(f"<p><a href=/{number}>item</a> <b>{number}</b>" for number in range(20_000)),
    "rows": "<table>" + "<tr><td>1<td>2<td>3" * 20_000 + "</table>",
    "items": "<ol>" + "<li>item" * 40_000 + "</ol>",
    "fields": "<label>Size<select><option>S</select></label>" * 15_000,
    "options": "<select aria-label=Size>" + "<option>S" * 60_000 + "</select>",
    "tables": "<table><tr><th>x<td>" * 400 + "</table><table><tr><th>x</table>" * 15_000,
    "30 MB": ("<p>" + "word " * 200) * 30_000,
}


@pytest.mark.slow
@pytest.mark.timeout(300)  # to load the last of them takes the browser half a minute
@pytest.mark.parametrize("name", HUGE)
def test_no_tool_that_reads_takes_long_on_a_huge_page(driver: WebDriver, open_page: Open, name: str) -> None:
    open_page(HUGE[name])
    for tool, args in (
        (ReadPage, ()),
        (PageOutline, ()),
        (ReadTable, ()),
        (FindLinks, ("item",)),
        (ReadOptions, ("Size",)),
    ):
        began = time.monotonic()
        try:
            said = tool(driver)(*args)
        except ValueError as error:
            said = str(error)
        assert time.monotonic() - began < 10
        assert 30 < len(said) < 9500
        assert not said.startswith("This page cannot be read")
        if tool is ReadPage and name != "options":
            assert "; the rest: read_page(from_char=" in said


@pytest.fixture
def files() -> Iterator[FileSite]:
    with FileSite({"/": "<a href=/file.pdf>File</a>"}) as site:
        yield site


def serve(files: FileSite, data: bytes, **headers: str) -> str:
    files.pages["/file.pdf"] = (200, {"Content-Type": "application/pdf", **headers}, data)
    return f"{files.url}/file.pdf"


def test_a_pdf_is_read_page_by_page(driver: WebDriver, files: FileSite) -> None:
    url = serve(files, pdf(["First page\nsecond line", "Second \x1b[31mpage", "", "Last page\n" + "more\n" * 100]))
    driver.get(url)
    said = ReadPage(driver)()
    whole = f"PDF '' ({url}) of 4 pages"
    assert said.startswith(f"{whole}, pages 1 to 4.\n\n## Page 1\n\nFirst page\nsecond line\n\n## Page 2")
    assert "\n\n## Page 3\n\n(no text: a scan or a picture)\n\n## Page 4\n\nLast page\nmore" in said
    assert "\x1b" not in said
    said = ReadPage(driver)(page=2, max_chars=60)
    assert said.startswith(f"{whole}, pages 2 to 3; the rest: read_page(page=3, from_char=")
    head = ReadPage(driver)(page=4, max_chars=50).partition(".\n\n")[0]
    assert head == f"{whole}, page 4; the rest: read_page(page=4, from_char=50)"
    assert ReadPage(driver)(page=4, from_char=50, max_chars=10).partition(".\n\n")[2] in "more\nmore\nmore"
    with pytest.raises(ValueError, match="This PDF has 4 pages: take page from 1 to 4"):
        ReadPage(driver)(page=5)
    with pytest.raises(ValueError, match="take a smaller from_char"):
        ReadPage(driver)(page=4, from_char=5000)
    assert ReadPage(driver)(page=3).startswith(f"{whole}, pages 3 to 4.")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (pdf(["", ""]), "pages 1 to 2 have no text, so it is a scan, or a picture: look at the screenshot instead"),
        (pdf(["words"])[:150], "This PDF is damaged and cannot be read: the picture is what there is"),
        (b"no PDF", "This file is no PDF, whatever it is called: the picture is what there is"),
        (b"%PDF-1.4\n" + b"x" * 20_000_001, "This PDF has more than 20 MB, which is too large to be read"),
    ],
)
def test_a_pdf_without_text_to_read_is_said_in_a_sentence(
    driver: WebDriver, files: FileSite, data: bytes, why: str
) -> None:
    driver.get(serve(files, data))
    try:
        said = ReadPage(driver)()
    except RuntimeError as error:
        said = str(error)
    assert why in said


def test_a_pdf_that_cannot_be_fetched_again_is_said(driver: WebDriver, files: FileSite) -> None:
    kind = {"Content-Type": "application/pdf", "Cache-Control": "no-store"}
    answers = [(200, kind, pdf(["words"])), (404, kind, b""), (200, kind, pdf(["words"]))]
    files.pages["/once.pdf"] = lambda _: answers.pop(0)
    driver.get(f"{files.url}/once.pdf")
    with pytest.raises(RuntimeError, match="This PDF could not be fetched to be read: the picture is what there is"):
        ReadPage(driver)()
    assert "words" in ReadPage(driver)()
    assert "words" in ReadPage(driver)()  # what was fetched is kept
    assert answers == []
