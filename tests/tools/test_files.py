"""upload_file, downloads, save_page_pdf."""

from pathlib import Path

import pytest
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.downloads import Download
from webagent.tools.files import ListDownloads, SavePagePdf, UploadFile


@pytest.fixture
def cv(tmp_path: Path) -> str:
    (tmp_path / "cv.pdf").write_text("My life")
    return str(tmp_path / "cv.pdf")


def held(driver: WebDriver, name: str) -> str:
    script = "const f = document.getElementById(arguments[0]).files; return f.length ? f[0].name : ''"
    return str(driver.execute_script(script, name))


def test_the_only_field_needs_no_name_and_may_be_hidden(driver: WebDriver, open_page: Open, cv: str) -> None:
    open_page("<label>CV <input id=f type=file style='display:none'></label>")
    assert UploadFile(driver)(cv) == "The file field 'CV' holds 'cv.pdf' now."
    assert held(driver, "f") == "cv.pdf"


def test_of_several_one_is_named(driver: WebDriver, open_page: Open, cv: str) -> None:
    open_page(
        "<label>Photo <input id=a type=file></label><div><p>Your CV</p><button>Browse</button><input id=b type=file>"
    )
    with pytest.raises(ValueError, match=r"^Several file fields fit: 'Photo', 'Your CV Browse'\. Name one\.$"):
        UploadFile(driver)(cv)
    assert UploadFile(driver)(cv, into="your cv") == "The file field 'Your CV Browse' holds 'cv.pdf' now."
    assert (held(driver, "a"), held(driver, "b")) == ("", "cv.pdf")
    with pytest.raises(ValueError, match=r"There are 'Photo', 'Your CV Browse'\.$"):
        UploadFile(driver)(cv, into="Letter")


def test_a_field_in_a_frame_is_found_and_the_driver_returns(
    driver: WebDriver, open_page: Open, site: Site, cv: str
) -> None:
    site.pages["/in"] = "<input id=f type=file aria-label=Inner>"
    open_page("<p>top</p><iframe src=/in></iframe>")
    assert UploadFile(driver)(cv) == "The file field 'Inner' holds 'cv.pdf' now."
    assert driver.execute_script("return document.querySelector('p').textContent") == "top"


def test_no_field_is_an_error(driver: WebDriver, open_page: Open, cv: str) -> None:
    open_page("<input type=text>")
    with pytest.raises(ValueError, match=r"^There is no such file field on this page\. It may appear after a click\.$"):
        UploadFile(driver)(cv)
    with pytest.raises(ValueError, match="Name a file"):
        UploadFile(driver)(" ")


def test_downloads_are_listed(driver: WebDriver) -> None:
    found: list[Download] = []
    tool = ListDownloads(driver, lambda: found)
    assert tool() == "Nothing was downloaded."
    found += [Download("a.csv", "complete", 12), Download("b.zip", "too large", 200_000_000)]
    assert tool() == "a.csv (12 bytes, complete)\nb.zip (200 MB, too large)"


def test_the_page_is_saved_as_a_pdf(driver: WebDriver, open_page: Open, tmp_path: Path) -> None:
    open_page("<h1>Invoice</h1>")
    tool = SavePagePdf(driver, lambda: tmp_path / "downloads")
    assert tool().startswith("Saved as Test.pdf (")
    assert tool().startswith("Saved as Test (2).pdf (")
    assert (tmp_path / "downloads" / "Test.pdf").read_bytes().startswith(b"%PDF-")
    with pytest.raises(RuntimeError, match="keeps no files"):
        SavePagePdf(driver, lambda: None)()
