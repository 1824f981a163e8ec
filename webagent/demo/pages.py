"""The demo shop's pages: what it answers to a request. `shop.py` serves them."""

import csv
import functools
import io
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from urllib.parse import quote, unquote

import jinja2

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_ASSETS = ("shop.css", "shop.js", "favicon.svg")
_PLAIN_PAGES = {"size-guide": "size-guide.html", "shipping": "shipping.html"}
_EXPRESS_USD = 15
_MOST_LINES = 12  # lines in a bag: the bag lives in one cookie, and a browser drops a cookie over 4 KB
_MOST_OF_ONE = 9
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

Bag = dict[tuple[str, str], int]  # (slug, size) to how many


@dataclass(frozen=True)
class Request:
    method: str
    parts: list[str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]


@dataclass
class Reply:
    body: bytes
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)


class Pages:
    """The pages: what each request is answered with. It holds no state, so any number of threads may ask at once."""

    def __init__(self) -> None:
        folder = resources.files("webagent.demo") / "site"
        self.files = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.is_file()}
        # Its own, so that the pages have the same layout on every machine, and a recorded click lands.
        self.fonts = {one.name: one.read_bytes() for one in (folder / "fonts").iterdir() if one.name.endswith(".woff2")}
        shelf: dict[str, Any] = json.loads(self.files["catalogue.json"])
        self.currencies: dict[str, dict[str, Any]] = shelf["currencies"]
        self.countries: dict[str, dict[str, str]] = {one["code"]: one for one in shelf["countries"]}
        self.products: dict[str, dict[str, Any]] = {one["slug"]: one for one in shelf["products"]}
        self.articles: dict[str, dict[str, Any]] = {
            one["slug"]: one for one in json.loads(self.files["journal.json"])["articles"]
        }
        self.sections = list(dict.fromkeys(one["section"] for one in self.products.values()))
        self.env = jinja2.Environment(
            loader=jinja2.DictLoader(self.files),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.env.globals.update(
            sections=self.sections, countries=self.countries, prices=self.prices, express=_EXPRESS_USD
        )

    def price(self, usd: int | list[int], country: str) -> str:
        """Return an amount, or the sum of some, as the shop writes it for a country.

        Each is converted and rounded (to whole units, yen to hundreds) before they are added: a total is then what a
        visitor gets who adds up the prices on the page.
        """
        code = self.countries[country]["currency"]
        money = self.currencies[code]
        step = 100 if code == "JPY" else 1
        total = sum(round(one * money["rate"] / step) * step for one in ([usd] if isinstance(usd, int) else usd))
        return f"{money['symbol']}{total:,}" + ("" if code == "JPY" else ".00")

    def prices(self, usd: int | list[int]) -> dict[str, str]:
        """Return an amount for each country: the page switches between them without asking the server."""
        return {country: self.price(usd, country) for country in self.countries}

    def bag(self, request: Request) -> Bag:
        """Return the bag in the cookie; whatever in it the shop does not sell is left out."""
        bag: Bag = {}
        for line in unquote(request.cookies.get("bag", "")).split("|")[:_MOST_LINES]:
            slug, size, many = [*line.split(":"), "", ""][:3]
            if slug in self.products and size in self.products[slug]["sizes"] and re.fullmatch("[1-9]", many):
                bag[slug, size] = int(many)
        return bag

    @staticmethod
    def _keep(bag: Bag) -> tuple[str, str]:
        value = quote("|".join(f"{slug}:{size}:{many}" for (slug, size), many in bag.items()))
        return "Set-Cookie", f"bag={value}; Path=/; HttpOnly; SameSite=Lax"

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Reply:
        """Return a page drawn from a template."""
        country = request.cookies.get("country", "US")
        country = country if country in self.countries else "US"
        bag = self.bag(request)
        html = self.env.get_template(template).render(
            country=country,
            price=lambda usd: self.price(usd, country),
            bag_count=sum(bag.values()),
            ask_consent="consent" not in request.cookies,
            here=request.parts,
            **values,
        )
        return Reply(html.encode(), status=status)

    def answer(self, request: Request) -> Reply:
        """Return the reply to a request: a page, a file, a redirect, or the page that says there is nothing here."""
        reply = self._read(request) if request.method == "GET" else self._write(request)
        return reply or self.page(request, "not-found.html", 404, path="/" + "/".join(request.parts))

    def _read(self, request: Request) -> Reply | None:
        match request.parts:
            case []:
                return self.page(request, "home.html", products=self.products, articles=list(self.articles.values()))
            case ["search"]:
                asked = request.query.get("q", "").strip()
                words = asked.casefold().split()
                found = [one for one in self.products.values() if _fits(one, words)]
                return self.page(request, "search.html", asked=asked, found=found)
            case ["product", slug] if slug in self.products:
                one = self.products[slug]
                others = [two for two in self.products.values() if two["section"] == one["section"] and two is not one]
                return self.page(request, "product.html", product=one, others=others[-4:])
            case ["picture", name] if (slug := name.removesuffix(".svg")) in self.products and slug != name:
                return self._drawing("picture.svg", product=self.products[slug])
            case ["scene", name] if (slug := name.removesuffix(".svg")) in self.articles and slug != name:
                return self._drawing("scene.svg", scene=self.articles[slug]["scene"])
            case ["bag"]:
                return self.page(request, "bag.html", **self._lines(request))
            case ["checkout"]:
                return self._checkout(request) if self.bag(request) else _go("/bag")
            case ["order", number] if re.fullmatch(r"ML-[0-9]{6}", number):
                return self.page(request, "order.html", number=number)
            case ["contact"]:
                return self.page(request, "contact.html", form={}, errors={})
            case ["journal"]:
                return self.page(request, "journal.html", articles=list(self.articles.values()))
            case ["journal", slug] if slug in self.articles:
                return self.page(request, "article.html", article=self.articles[slug])
            case ["old-men"]:
                return _go("/men", 301)
            case ["lookbook.pdf"]:
                return Reply(_pdf("Maison Lune - Lookbook"), "application/pdf")
            case ["catalogue.csv"]:
                attach = ("Content-Disposition", 'attachment; filename="catalogue.csv"')
                return Reply(self._csv(), "text/csv; charset=utf-8", headers=[attach])
            case ["favicon.ico"]:
                return Reply(self.files["favicon.svg"].encode(), _TYPES[".svg"])
            case ["fonts", name] if name in self.fonts:
                return Reply(self.fonts[name], "font/woff2")
            case [name] if name in _ASSETS:
                return Reply(self.files[name].encode(), _TYPES[name[name.rindex(".") :]])
            case [name] if name in _PLAIN_PAGES:
                return self.page(request, _PLAIN_PAGES[name])
            case [section, *rest] if section in self.sections and len(rest) < 2:
                return self._section(request, section, *rest)
        return None

    def _write(self, request: Request) -> Reply | None:
        form = request.form
        match request.parts:
            case ["bag"]:
                return self._change_bag(request)
            case ["checkout"]:
                return self._checkout(request) if self.bag(request) else _go("/bag")
            case ["newsletter"]:
                if errors := _wrong(form, "email"):
                    return self.page(request, "thanks.html", 422, title="Not quite", text=errors["email"])
                text = f"Your first letter will reach {form['email'].strip()} soon."
                return self.page(request, "thanks.html", title="Welcome to the list", text=text)
            case ["contact"]:
                if errors := _wrong(form, "name", "email", "message"):
                    return self.page(request, "contact.html", 422, form=form, errors=errors)
                text = f"Thank you, {form['name'].strip()}. We have your message and answer within two working days."
                return self.page(request, "thanks.html", title="Message sent", text=text)
        return None

    def _section(self, request: Request, section: str, category: str = "") -> Reply | None:
        shown = [one for one in self.products.values() if one["section"] == section]
        categories = list(dict.fromkeys(one["category"] for one in shown))
        if category == "sale":
            shown = [one for one in shown if one["was"]]
        elif category in categories:
            shown = [one for one in shown if one["category"] == category]
        elif category:
            return None
        return self.page(
            request, "section.html", section=section, category=category, categories=categories, shown=shown
        )

    def _lines(self, request: Request) -> dict[str, Any]:
        bag = self.bag(request)
        lines = [{"product": self.products[slug], "size": size, "many": many} for (slug, size), many in bag.items()]
        subtotal = [self.products[slug]["usd"] for (slug, _), many in bag.items() for _ in range(many)]
        return {"lines": lines, "subtotal": subtotal, "most": _MOST_OF_ONE}

    def _change_bag(self, request: Request) -> Reply:
        slug, size, many = (request.form.get(key, "") for key in ("slug", "size", "quantity"))
        bag = self.bag(request)
        script = request.form.get("reply") == "json"
        sold = slug in self.products and size in self.products[slug]["sizes"] and re.fullmatch("[0-9]", many)
        if not sold or ((slug, size) not in bag and len(bag) >= _MOST_LINES):
            return _json({"error": "This cannot go into the bag."}, 422) if script else _go("/bag")
        if script:  # "Add to bag" adds; the form on the bag page sets the number, and 0 takes the line out
            bag[slug, size] = min(_MOST_OF_ONE, bag.get((slug, size), 0) + int(many))
        else:
            bag[slug, size] = int(many)
        bag = {line: number for line, number in bag.items() if number}
        reply = _json({"count": sum(bag.values())}) if script else _go("/bag")
        reply.headers.append(self._keep(bag))
        return reply

    def _checkout(self, request: Request) -> Reply:
        form = request.form
        errors: dict[str, str] = {}
        if request.method == "POST":
            errors = _wrong(form, "name", "email", "address", "city")
            if form.get("country") not in self.countries:
                errors["country"] = "Please choose a country."
            if form.get("shipping") not in ("standard", "express"):
                errors["shipping"] = "Please choose a delivery."
            if form.get("terms") != "yes":
                errors["terms"] = "Please accept the terms of sale."
            if not errors:
                items = json.dumps([[*line, many] for line, many in sorted(self.bag(request).items())])
                reply = _go(f"/order/ML-{zlib.crc32(items.encode()) % 1_000_000:06}")
                reply.headers.append(self._keep({}))
                return reply
        status = 422 if errors else 200
        return self.page(request, "checkout.html", status, form=form, errors=errors, **self._lines(request))

    def _drawing(self, template: str, **values: Any) -> Reply:
        return Reply(self.env.get_template(template).render(**values).encode(), _TYPES[".svg"])

    def _csv(self) -> bytes:
        text = io.StringIO()
        columns = ("reference", "name", "section", "category", "colour", "usd")
        rows = csv.DictWriter(text, columns, extrasaction="ignore")
        rows.writeheader()
        rows.writerows(self.products.values())
        return text.getvalue().encode()


def _fits(product: Mapping[str, Any], words: list[str]) -> bool:
    """Say whether each word begins a word of the product: begins, as "men" is inside "women"."""
    text = " ".join(product[key] for key in ("name", "kind", "section", "category", "colour")).casefold().split()
    return bool(words) and all(any(one.startswith(word) for one in text) for word in words)


def _wrong(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return what to say beside each of the named fields that is empty or, for the email, is no address."""
    errors = {name: f"Please enter your {name}." for name in names if not form.get(name, "").strip()}
    if "email" in names and "email" not in errors and not _EMAIL.fullmatch(form["email"].strip()):
        errors["email"] = "Please enter a complete email address."
    return errors


def _go(path: str, status: int = 303) -> Reply:
    return Reply(b"", status=status, headers=[("Location", path)])


def _json(value: object, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), "application/json", status)


@functools.cache
def _pdf(title: str) -> bytes:
    """Return a one-page PDF: written here, as a reader wants the exact offset of each object."""
    text = f"BT /F1 28 Tf 72 720 Td ({title}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    )
    pdf = b"%PDF-1.4\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for number, body in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(pdf)
        pdf += b"%d 0 obj%s endobj\n" % (number, body)
    return pdf + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(pdf))
