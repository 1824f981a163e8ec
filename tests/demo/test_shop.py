"""The demo shop, asked by plain HTTP and walked through in a real Chromium."""

import csv
import http.client
import io
import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib import resources
from typing import Any
from xml.etree import ElementTree

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from webagent.demo.shop import Shop

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FIRST = "marin-merino-sweater"
SCRIPT = "<script>alert(1)</script>\"'"


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Shop() as shop:
        yield shop


class Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirect, so that a test sees it."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def ask(shop: Shop, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, Any, str]:
    """Return status, headers and text of one answer. A form is posted."""
    body = None if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(shop.url + path.removeprefix("/"), body, headers)  # noqa: S310
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=20) as reply:
            return reply.status, reply.headers, reply.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def add(shop: Shop, line: object, **headers: str) -> tuple[int, dict[str, Any], str]:
    """Add to the bag as the product page does: return status, answer and the cookie to send next."""
    connection = http.client.HTTPConnection("127.0.0.1", int(shop.url.split(":")[2].strip("/")), timeout=20)
    try:
        connection.request("POST", "/bag", json.dumps(line), {"Content-Type": "application/json", **headers})
        reply = connection.getresponse()
        text = reply.read()
        answer = json.loads(text) if reply.getheader("Content-Type") == "application/json" else {}
        return reply.status, answer, (reply.getheader("Set-Cookie") or "").partition(";")[0]
    finally:
        connection.close()


class Addresses(HTMLParser):
    """Collect every address that a page links to or loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "form" or dict(attrs).get("method") != "post":
            self.found |= {value for name, value in attrs if name in ("href", "src", "action") and value}


def test_everything_linked_is_there_and_nothing_leads_outside(shop: Shop) -> None:
    todo, seen = {"/"}, set()
    while todo:
        path = todo.pop()
        seen.add(path)
        status, headers, text = ask(shop, path)
        assert status == 200, path
        if headers["Content-Type"].startswith("text/html"):
            page = Addresses()
            page.feed(text)
            assert all(one.startswith(("/", "#")) and not one.startswith("//") for one in page.found), path
            todo |= {one.partition("#")[0] for one in page.found} - seen - {""}
        elif headers["Content-Type"] == "image/svg+xml":
            ElementTree.fromstring(text)  # noqa: S314 - our own drawing; a broken one would raise
    assert {"/men/sale", "/women/sale", "/journal/the-slow-shirt", "/size-guide", "/lookbook.pdf", "/bag"} <= seen
    assert len([one for one in seen if one.startswith("/product/")]) >= 30


def test_the_packaged_files_name_no_other_host() -> None:
    for file in (resources.files("webagent.demo") / "site").iterdir():
        if file.is_dir():
            assert {one.name.rpartition(".")[2] for one in file.iterdir()} == {"woff2", "txt"}
            continue
        assert file.name.endswith((".html", ".css", ".js", ".svg", ".json", ".png"))
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|url\(['\"]?//|@import", text), file.name


def test_every_picture_is_another(shop: Shop) -> None:
    rows = csv.DictReader(io.StringIO(ask(shop, "/catalogue.csv")[2]))
    slugs = set(re.findall(r"/product/([a-z0-9-]+)", "".join(ask(shop, one)[2] for one in ("men", "women", "kids"))))
    drawn = {re.sub(r'aria-label="[^"]*"', "", ask(shop, f"/picture/{slug}.svg")[2]) for slug in slugs}
    assert len(drawn) == len(slugs) == len(list(rows))


def test_sections_are_full_and_the_sale_shows_both_prices(shop: Shop) -> None:
    assert ask(shop, "/men")[2].count('<li class="card">') >= 8
    assert ask(shop, "/women")[2].count('<li class="card">') >= 8
    sale = ask(shop, "/men/sale")[2]
    assert sale.count("<s>") == sale.count('<li class="card">') >= 6
    assert re.findall(r"/product/([a-z0-9-]+)", sale)[0] == FIRST
    popup = sale[sale.index('id="letter-popup"') :]
    assert "Merino" not in popup and "$" not in popup


@pytest.mark.parametrize(
    ("country", "price"),
    [
        ("US", "$72.00"),
        ("FR", "€68.00"),
        ("GB", "£58.00"),
        ("JP", "¥10,800"),
        ("CA", "CA$101.00"),
        ("nowhere", "$72.00"),
    ],
)
def test_the_country_in_the_cookie_sets_the_price(shop: Shop, country: str, price: str) -> None:
    page = ask(shop, f"/product/{FIRST}", Cookie=f"country={country}")[2]
    assert re.search(rf'id="price"[^>]*><span[^>]*>{re.escape(price)}</span>', page)


def test_redirect_not_found_and_wrong_method(shop: Shop) -> None:
    status, headers, _ = ask(shop, "/old-men")
    assert (status, headers["Location"]) == (301, "/men")
    for path in (
        "/nope",
        "/product/nope",
        "/men/nope",
        "/men/sale/more",
        "/picture/nope.svg",
        f"/picture/{FIRST}",
        "/order/ML-1",
        "/journal/nope",
        "/site/base.html",
        "/base.html",
        "/../shop.py",
        "/%2e%2e/shop.py",
    ):
        assert ask(shop, path)[0] == 404, path
    assert ask(shop, "/men", form={})[0] == 404


def test_files(shop: Shop) -> None:
    status, headers, text = ask(shop, "/lookbook.pdf")
    assert (status, headers["Content-Type"], headers["Content-Disposition"]) == (200, "application/pdf", None)
    assert text.startswith("%PDF-") and text.endswith("%%EOF\n")
    table = int(text.split()[-2])
    assert text[table:].startswith("xref\n0 6\n")
    for number, at in enumerate(re.findall(r"(\d{10}) 00000 n", text), 1):
        assert text[int(at) :].startswith(f"{number} 0 obj")
    headers = ask(shop, "/catalogue.csv")[1]
    assert headers["Content-Disposition"] == 'attachment; filename="catalogue.csv"'
    assert ask(shop, "/favicon.ico")[1]["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("asked", "expected"), [("merino", 1), ("sweater men", 2), ("SWEATER", 4), ("zebra", 0), ("", 0), ("étoile", 2)]
)
def test_search(shop: Shop, asked: str, expected: int) -> None:
    page = ask(shop, "/search?" + urllib.parse.urlencode({"q": asked}))[2]
    assert page.count('<li class="card">') == expected


def test_what_a_visitor_types_comes_back_escaped(shop: Shop) -> None:
    contact = {"name": SCRIPT, "email": "a@b.fr", "message": SCRIPT}
    for path, form in (
        ("/search?" + urllib.parse.urlencode({"q": SCRIPT}), None),
        ("/" + urllib.parse.quote(SCRIPT), None),
        ("/contact", contact),
        ("/contact", contact | {"email": SCRIPT}),
        ("/newsletter", {"email": "<script>alert(1)</script>@b.fr"}),
        ("/checkout", {"name": SCRIPT, "address": SCRIPT, "country": SCRIPT}),
    ):
        text = ask(shop, path, form, Cookie=f"bag={FIRST}:M:1")[2]
        assert "<script>alert" not in text and "&lt;script&gt;" in text, path


def test_bag_adds_sets_and_removes(shop: Shop) -> None:
    status, answer, cookie = add(shop, {"slug": FIRST, "size": "M", "quantity": 1})
    assert (status, answer) == (200, {"count": 1})
    _, answer, cookie = add(shop, {"slug": FIRST, "size": "M", "quantity": 1}, Cookie=cookie)
    assert answer == {"count": 2}
    _, answer, cookie = add(shop, {"slug": "lune-baseball-cap", "size": "One size", "quantity": 1}, Cookie=cookie)
    assert answer == {"count": 3}
    page = ask(shop, "/bag", Cookie=cookie)[2]
    assert '<span id="bag-count">3</span>' in page and "<strong>$169.00</strong>" in page
    status, headers, _ = ask(shop, "/bag", {"slug": FIRST, "size": "M", "quantity": "0"}, Cookie=cookie)
    assert (status, headers["Location"]) == (303, "/bag")
    left = ask(shop, "/bag", Cookie=headers["Set-Cookie"].partition(";")[0])[2]
    assert '<span id="bag-count">1</span>' in left


@pytest.mark.parametrize(
    "line",
    [
        {"slug": "nope", "size": "M", "quantity": 1},
        {"slug": FIRST, "size": "XXL", "quantity": 1},
        {"slug": FIRST, "size": "M", "quantity": -1},
        {"slug": FIRST, "size": "M", "quantity": "many"},
        {},
    ],
)
def test_bag_refuses_what_is_not_sold(shop: Shop, line: dict[str, object]) -> None:
    assert add(shop, line)[0] == 422


def test_bag_refuses_what_is_no_json_object(shop: Shop) -> None:
    assert add(shop, 5)[0] == add(shop, ["x"])[0] == 400


def test_a_bag_cookie_with_nonsense_is_an_empty_bag(shop: Shop) -> None:
    for value in ("|||", "a:b", f"{FIRST}:M:0", f"{FIRST}:M:99", f"{FIRST}:M:%F0", "%00%ff"):
        assert '<span id="bag-count">0</span>' in ask(shop, "/bag", Cookie=f"bag={value}")[2]


def test_the_fullest_bag_fits_one_cookie(shop: Shop) -> None:
    cookie, statuses = "bag=", []
    slugs = sorted(set(re.findall(r"/product/([a-z0-9-]+)", ask(shop, "/men/sale")[2])))
    sizes = {slug: re.findall(r'name="size" value="([^"]+)"', ask(shop, f"/product/{slug}")[2]) for slug in slugs}
    for slug in slugs:
        for size in sizes[slug]:
            status, _, new = add(shop, {"slug": slug, "size": size, "quantity": 9}, Cookie=cookie)
            cookie = new or cookie
            statuses.append(status)
    assert set(statuses) == {200, 422} and len(cookie) < 4000


def test_checkout_says_what_is_missing_and_then_gives_the_same_number_for_the_same_items(shop: Shop) -> None:
    assert ask(shop, "/checkout")[1]["Location"] == "/bag"
    assert ask(shop, "/checkout", {})[1]["Location"] == "/bag"
    cookie = f"bag={FIRST}:M:1"
    status, _, page = ask(shop, "/checkout", {"name": "Ada", "email": "no address"}, Cookie=cookie)
    assert status == 422 and 'value="Ada"' in page and "Please enter a complete email address." in page
    assert "Please accept the terms of sale." in page and "Please enter your address." in page
    form = {"name": "Ada", "email": "ada@example.org", "address": "1 rue X", "city": "Lyon", "country": "FR",
            "shipping": "standard", "terms": "yes"}  # fmt: skip
    status, headers, _ = ask(shop, "/checkout", form, Cookie=cookie)
    assert status == 303 and re.fullmatch(r"/order/ML-\d{6}", headers["Location"])
    assert headers["Set-Cookie"].startswith("bag=;")
    assert ask(shop, "/checkout", form, Cookie=cookie)[1]["Location"] == headers["Location"]
    assert ask(shop, "/checkout", form, Cookie=f"bag={FIRST}:L:1")[1]["Location"] != headers["Location"]
    assert headers["Location"].removeprefix("/order/") in ask(shop, headers["Location"])[2]


def test_contact_and_newsletter_check_their_fields(shop: Shop) -> None:
    status, _, page = ask(shop, "/contact", {"name": " ", "email": "x", "message": "Hello"})
    assert status == 422 and "Please enter your name." in page and "Hello</textarea>" in page
    assert "Message sent" in ask(shop, "/contact", {"name": "Ada", "email": "a@b.fr", "message": "Hello"})[2]
    assert ask(shop, "/newsletter", {"email": "x"})[0] == 422
    assert "a@b.fr" in ask(shop, "/newsletter", {"email": "a@b.fr"})[2]


def connect(shop: Shop) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", int(shop.url.split(":")[2].strip("/")), timeout=20)


def test_a_visitor_who_dawdles_holds_up_nobody(shop: Shop) -> None:
    slow = connect(shop)
    try:
        slow.putrequest("POST", "/contact")
        slow.putheader("Content-Length", "4")
        slow.endheaders()  # and the body does not come yet
        assert ask(shop, "/")[0] == 200
        slow.send(b"a=1&")
        assert slow.getresponse().status == 422
    finally:
        slow.close()


def test_one_connection_serves_many_requests_and_head_has_no_body(shop: Shop) -> None:
    connection = connect(shop)
    try:
        for method in ("HEAD", "GET", "HEAD"):
            connection.request(method, "/men")
            reply = connection.getresponse()
            text = reply.read()
            assert reply.status == 200 and bool(text) == (method == "GET") and not reply.will_close
    finally:
        connection.close()


@pytest.mark.parametrize(("length", "status"), [("70000", 413), ("-1", 400), ("many", 400)])
def test_a_body_it_cannot_take_is_refused(shop: Shop, length: str, status: int) -> None:
    connection = connect(shop)
    try:
        connection.putrequest("POST", "/contact")
        connection.putheader("Content-Length", length)
        connection.endheaders()
        assert connection.getresponse().status == status
    finally:
        connection.close()


def test_two_shops_stand_side_by_side_and_a_closed_one_is_gone() -> None:
    with Shop() as one, Shop() as two:
        assert one.url != two.url
        assert one.start() is one
        assert ask(one, "/")[2] == ask(two, "/")[2]
        waiting = connect(one)
        waiting.request("GET", "/")
        waiting.getresponse().read()
        port = waiting.port
        one.close()
        one.close()
        assert waiting.sock.recv(1) == b""  # the connection that was still open was ended
        waiting.close()
        with pytest.raises(ConnectionRefusedError):
            waiting.request("GET", "/")
        with pytest.raises(RuntimeError, match="closed"):
            _ = one.url
        with Shop(port) as again:
            assert again.url == f"http://127.0.0.1:{port}/"
            with pytest.raises(OSError, match="in use"):
                Shop(port).start()


@pytest.fixture
def browser() -> Iterator[WebDriver]:
    if not CHROMIUM or not DRIVER:
        pytest.skip("needs chromium and chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        size = {"width": 1120, "height": 896, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        yield driver
    finally:
        driver.quit()


def test_a_visitor_from_france_buys_the_first_item_of_the_sale(shop: Shop, browser: WebDriver) -> None:
    def one(selector: str) -> WebElement:
        return browser.find_element(By.CSS_SELECTOR, selector)

    def wait(condition: Callable[[], object]) -> None:
        WebDriverWait(browser, 20).until(lambda _: condition())

    def own_resources_only() -> None:
        loaded = browser.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
        assert loaded and all(name.startswith(shop.url) for name in loaded)

    browser.get(shop.url)
    own_resources_only()
    assert one("#consent").is_displayed() and not one("#consent-choices").is_displayed()
    one("#consent-settings").click()
    assert one("#consent-choices").is_displayed()
    one("[data-consent=none]").click()
    assert not browser.find_elements(By.ID, "consent")

    browser.find_element(By.LINK_TEXT, "Men").click()
    wait(lambda: browser.current_url == shop.url + "men")
    assert not browser.find_elements(By.ID, "consent")
    assert browser.execute_script("return document.documentElement.scrollHeight > 2 * innerHeight")
    browser.find_element(By.LINK_TEXT, "Sale").click()
    wait(lambda: browser.current_url == shop.url + "men/sale")
    wait(lambda: one(".popup").is_displayed())
    first = one(".card a").rect
    cover = "return document.elementFromPoint(arguments[0], arguments[1]).closest('.overlay') !== null"
    assert browser.execute_script(cover, first["x"] + 20, first["y"] + 20)
    one("#popup-email").send_keys("nonsense", Keys.ENTER)
    assert one(".popup .error").text == "Please enter a complete email address."
    one("body").send_keys(Keys.ESCAPE)
    wait(lambda: not one(".popup").is_displayed())
    assert browser.get_cookie("letter") is not None
    own_resources_only()

    one(".card a").click()
    wait(lambda: browser.current_url == f"{shop.url}product/{FIRST}")
    assert one("#price").text == "$72.00"
    country = Select(one("#country"))
    assert country.first_selected_option.text == "United States"
    country.select_by_visible_text("France")
    assert one("#price").text == "€68.00" and one(".price s").text.endswith("€114.00")
    assert "Price for France" in one(".ship").text
    assert not one("dl").is_displayed()
    one("summary").click()
    wait(lambda: one("dl").is_displayed())
    assert "100% extra-fine merino wool" in one("dl").text

    one("#add button").click()
    assert one("#said").text == "Please choose a size."
    one("input[value=M]").click()
    one("#add button").click()
    wait(lambda: one("#bag-count").text == "1")

    browser.get(shop.url + "checkout")
    assert Select(one("#country")).first_selected_option.text == "France"
    one(".checkout .wide").click()
    assert one('[data-error="name"]').text == "Please enter your name."
    for name, text in (("name", "Ada"), ("email", "ada@example.org"), ("address", "1 rue X"), ("city", "69001 Lyon")):
        one(f"#{name}").send_keys(text)
    one("[value=express]").click()
    assert one(".total").text.split() == ["Total", "€82.00"]  # 68 and 14, as the page shows them
    one("[name=terms]").click()
    one(".checkout .wide").click()
    wait(lambda: "/order/ML-" in browser.current_url)
    assert one("#order-number").text == browser.current_url.rpartition("/")[2]
    assert one("#bag-count").text == "0"
    assert browser.get_log("browser") == []  # type: ignore[attr-defined]  # Chromium has it


def test_the_close_button_closes_the_popup_and_it_does_not_come_back(shop: Shop, browser: WebDriver) -> None:
    browser.get(shop.url + "men/sale")
    WebDriverWait(browser, 20).until(lambda _: browser.find_element(By.CSS_SELECTOR, ".popup").is_displayed())
    close = browser.find_element(By.CSS_SELECTOR, "[aria-label=Close]")
    assert close.text == "×"
    close.click()
    assert not browser.find_element(By.CSS_SELECTOR, ".popup").is_displayed()
    browser.refresh()
    assert not browser.find_element(By.CSS_SELECTOR, ".popup").is_displayed()


def test_the_size_guide_opens_in_a_new_tab(shop: Shop, browser: WebDriver) -> None:
    browser.get(shop.url + "journal/the-slow-shirt")
    browser.find_element(By.CSS_SELECTOR, "[data-consent=all]").click()
    browser.find_element(By.LINK_TEXT, "size guide").click()
    WebDriverWait(browser, 20).until(lambda _: len(browser.window_handles) == 2)
    browser.switch_to.window(browser.window_handles[1])
    WebDriverWait(browser, 20).until(lambda _: browser.title.startswith("Size guide"))
