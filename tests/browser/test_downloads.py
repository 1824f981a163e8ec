"""What pages have the browser download."""

import stat
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from servers import LOOPBACK, Site

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.downloads import file_name, free_name
from webagent.settings import Settings


def attachment(body: str | bytes, name: str = "report.csv") -> tuple[int, dict[str, str], str | bytes]:
    return 200, {"Content-Type": "text/csv", "Content-Disposition": f'attachment; filename="{name}"'}, body


def click(browser: Browser, open_page: Open, *names: str) -> tuple[str, ...]:
    """Click a link to each of these and return what the look after it says of downloads."""
    open_page("".join(f"<a href='/{name}' id=l{number}>{name}</a> " for number, name in enumerate(names)))
    for number, _ in enumerate(names):
        browser.driver.find_element(By.ID, f"l{number}").click()
    return browser.look().downloads


def test_a_download_is_kept_under_its_name_and_told_once(
    one_tab: Browser, open_page: Open, site: Site, tmp_path: Path
) -> None:
    site.pages["/report"] = attachment("a,b\n1,2\n")
    folder = tmp_path / "downloads"
    one_tab.downloads.into(folder)
    assert click(one_tab, open_page, "report") == ("report.csv (8 bytes, complete)",)
    assert one_tab.look().downloads == ()
    (kept,) = folder.iterdir()
    assert (kept.name, kept.read_text()) == ("report.csv", "a,b\n1,2\n")
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(kept.stat().st_mode)) == (0o700, 0o600)
    assert click(one_tab, open_page, "report") == ("report (2).csv (8 bytes, complete)",)
    assert [str(one) for one in one_tab.downloads.all()] == [
        "report.csv (8 bytes, complete)",
        "report (2).csv (8 bytes, complete)",
    ]


def test_where_nothing_is_kept_it_is_refused_and_told(one_tab: Browser, open_page: Open, site: Site) -> None:
    site.pages["/report"] = attachment("a,b\n1,2\n")
    one_tab.downloads.into(None)
    assert click(one_tab, open_page, "report") == ("report.csv was not downloaded: downloads are off",)


def test_names_lead_nowhere(one_tab: Browser, open_page: Open, site: Site, tmp_path: Path) -> None:
    for number, name in enumerate(("../../up.sh", ".bashrc", "/etc/cron.d/x", "a\tb.txt")):
        site.pages[f"/{number}"] = attachment("x", name)
    folder = tmp_path / "downloads"
    one_tab.downloads.into(folder)
    click(one_tab, open_page, "0", "1", "2", "3")
    names = sorted(one.name for one in folder.iterdir())
    assert len(names) == 4
    assert all("/" not in name and not name.startswith((".", "-")) and name.isprintable() for name in names)
    assert {one.name for one in tmp_path.iterdir()} == {"downloads", "home"}


def test_one_that_a_script_makes_is_kept_as_well(one_tab: Browser, open_page: Open, tmp_path: Path) -> None:
    one_tab.downloads.into(tmp_path / "downloads")
    open_page("<a id=a download=made.txt>x</a><script>a.href = URL.createObjectURL(new Blob(['made here']))</script>")
    one_tab.driver.find_element(By.ID, "a").click()
    assert one_tab.look().downloads == ("made.txt (9 bytes, complete)",)
    assert (tmp_path / "downloads" / "made.txt").read_text() == "made here"


def test_what_is_too_large_is_stopped_and_nothing_of_it_kept(site: Site, tmp_path: Path) -> None:
    site.pages["/"] = "<title>Test</title><a href=/big>big</a>"
    site.pages["/big"] = attachment(b"x" * 3_000_000, "big.bin")
    with Browser(Settings(allow_host=LOOPBACK, download_limit=1)) as browser:
        browser.downloads.into(tmp_path / "downloads")
        browser.open(site.url)
        browser.driver.find_element(By.LINK_TEXT, "big").click()
        (said,) = browser.look().downloads
        assert said.startswith("big.bin (")
        assert said.endswith(", too large)")
        assert not (tmp_path / "downloads").exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.csv", "report.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".profile", "profile"),
        ("-rf", "rf"),
        ("a\x00b\x1b[2J\u202ecod.exe", "ab[2Jcod.exe"),
        ("CON.txt", "_CON.txt"),
        ("", "download"),
        ("///", "download"),
        ("größe (1).pdf", "größe (1).pdf"),
        ("$(reboot);`x`|&<>\"'*?.txt", "_(reboot)__x_________.txt"),
    ],
)
def test_a_name_is_made_harmless(given: str, kept: str) -> None:
    assert file_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert len(file_name("x" * 500 + ".tar.gz")) <= 120
    assert file_name("x" * 500 + ".pdf").endswith("x.pdf")
    assert len(file_name("語" * 500 + ".pdf").encode()) <= 255


def test_a_name_that_is_taken_is_numbered() -> None:
    assert free_name("a.txt", {"a.txt", "a (2).txt"}) == "a (3).txt"
    assert free_name("a", {"a"}) == "a (2)"
    assert free_name("b", {"a"}) == "b"
