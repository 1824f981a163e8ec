"""read_table: a table as CSV, all of it."""

import time

import pytest
from hostile import BREAKS, CLOBBERED, HOPELESS, LIES, liar
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.tables import ReadTable, in_order, unfolded

THREE = (
    "<table><caption>Orders <b>2026</b></caption><thead><tr><th>No<th>Who, where<th colspan=2>Sum</thead>"
    '<tr><td rowspan=2>1<td>Ada <i>"A"</i><br>Paris<td>5<td>€<tr><td>Bob<td>6<td>€'
    "<tr><td>2<td><table><tr><th>inner<tr><td>in</table><td><input value=typed><input type=checkbox checked>"
    "<td><button aria-label=Edit><svg width=9 height=9></svg></button>"
    "<tr hidden><td>no<tr><td style='visibility:hidden'>no<td><img alt=Flag src=data:,><td><td>end</table>"
    "<table role=presentation><tr><th>layout<tr><td>no</table><table hidden><tr><th>no</table>"
    "<table><tr><td><table><tr><th>Third<tr><td>x</table></table>"
)


def test_a_table_is_read_as_it_is_shown_with_its_spans_unfolded(driver: WebDriver, open_page: Open) -> None:
    open_page(THREE)
    assert ReadTable(driver)() == (
        "Table 1 of 3 'Orders 2026': 5 rows, 4 columns.\n"
        'No,"Who, where",Sum,Sum\n'
        '1,"Ada ""A"" Paris",5,€\n'
        "1,Bob,6,€\n"
        "2,[table 2],typed [x],Edit\n"
        ",Flag,,end\n"
    )
    assert ReadTable(driver)(2) == "Table 2 of 3 'inner, in': 2 rows, 1 column.\ninner\nin\n"
    assert ReadTable(driver)(3).endswith("\nThird\nx\n")


def test_the_error_names_the_tables_there_are(driver: WebDriver, open_page: Open) -> None:
    open_page(THREE)
    said = r"There is no table 4. The page has 3 tables: 1: Orders 2026; 2: inner, in; 3: Third, x\."
    with pytest.raises(ValueError, match=said):
        ReadTable(driver)(4)
    for nth in (0, "1", True, 1.5):
        with pytest.raises(ValueError, match="nth must be a whole number from 1, not"):
            ReadTable(driver)(nth)
    with pytest.raises(ValueError, match="Table 1 has 5 rows: take from_row from 1 to 5"):
        ReadTable(driver)(1, 6)
    open_page("<p>text")
    with pytest.raises(ValueError, match="There is no table on this page that is shown"):
        ReadTable(driver)()


def test_what_is_cut_off_or_scrolled_away_is_read_too(driver: WebDriver, open_page: Open, site: Site) -> None:
    cells = "".join(f"<td style='min-width:200px'>c{number}" for number in range(20))
    site.pages["/in"] = f"<div style='height:50px;width:100px;overflow:auto'><table><tr>{cells}" + (
        "<tr><td>r" * 50 + "</table></div>"
    )
    open_page("<iframe src=/in style='width:150px;height:100px'></iframe>")
    said = ReadTable(driver)()
    assert said.startswith("Table 1 of 1 'c0, c1, c2': 51 rows, 20 columns.\nc0,c1,c2,")
    assert ",c19\nr\n" in said
    assert said.count("\nr") == 50


def test_a_grid_that_draws_what_is_in_view_is_put_in_order(driver: WebDriver, open_page: Open) -> None:
    row = (
        "<div role=row aria-rowindex={0}><i role=gridcell aria-colindex=4>b{0}</i>"
        "<i role=gridcell aria-colindex=3>a{0}</i></div>"
    )
    pinned = "<div role=row aria-rowindex={0}><i role=rowheader aria-colindex=2>row {0}</i></div>"
    open_page(
        "<div role=grid aria-label=Stock aria-rowcount=5000><div role=rowgroup>"
        + "".join(row.format(number) for number in (3, 1, 2))
        + "</div><div role=rowgroup>"
        + "".join(pinned.format(number) for number in (1, 2, 3))
        + "</div></div>"
    )
    assert ReadTable(driver)() == (
        "Table 1 of 1 'Stock': 3 rows, 3 columns. The page has loaded these of 5000 rows: scroll in the table for the "
        "others.\nrow 1,a1,b1\nrow 2,a2,b2\nrow 3,a3,b3\n"
    )


def test_long_tables_come_in_parts(driver: WebDriver, open_page: Open) -> None:
    open_page("<table><tr><th>n<th>words" + "".join(f"<tr><td>{n}<td>some words" for n in range(1, 2000)) + "</table>")
    said = ReadTable(driver)(1)
    assert "rows 1 to 541 of 2000, 2 columns. The next rows: read_table(1, from_row=542).\n" in said
    assert said.endswith("540,some words\n")
    assert ReadTable(driver)(1, 542).split("\n")[1] == "541,some words"
    assert ReadTable(driver)(1, 2000).endswith(": rows 2000 to 2000 of 2000, 2 columns.\n1999,some words\n")


def test_cells_are_unfolded_within_limits() -> None:
    assert unfolded([[("a", 1, 0, 0), ("b", 2, 2, 0)], [("c", 1, 1, 0)], [("d", 0, 1, 0)]]) == [
        ["a", "b", "b"],
        ["a", "b", "b", "c"],
        ["a", "d"],
    ]
    wide = unfolded([[("x", 1000, 65534, 0)]] * 3)
    assert [len(line) for line in wide] == [200, 200, 200]
    assert unfolded([]) == []
    assert in_order([(2, [("b", 1, 1, 0)]), (0, [("a", 1, 1, 0)])]) == [[("b", 1, 1, 0)], [("a", 1, 1, 0)]]


def test_nothing_of_a_hostile_page_is_taken_on_trust(driver: WebDriver, open_page: Open) -> None:
    open_page(f"{CLOBBERED}<table aria-label='a\nb\x1b'><tr><th>x\x07\u202ey<td colspan=-5 rowspan=x>z</table>")
    assert ReadTable(driver)() == "Table 1 of 1 'a b': 1 row, 2 columns.\nxy,z\n"
    for lie in LIES:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            ReadTable(liar(driver, lie))()
    odd = {"tables": [[5, "x", None]], "rows": [[1e300, [["a", -1, 1e300, "x"], 7, []]], "row", [None]], "whole": True}
    assert ReadTable(liar(driver, odd))().startswith("Table 1 of 1: ")


@pytest.mark.parametrize("name", BREAKS)
def test_hostile_pages_give_a_result_or_one_sentence(driver: WebDriver, open_page: Open, name: str) -> None:
    open_page(f"{CLOBBERED}<table><tr><th>a<tr><td>b</table><script>{BREAKS[name]}</script>")
    began = time.monotonic()
    if name in HOPELESS:
        with pytest.raises(RuntimeError, match=r"^This page cannot be read"):
            ReadTable(driver)()
    else:
        assert "a\nb\n" in ReadTable(driver)()
    assert time.monotonic() - began < 10
