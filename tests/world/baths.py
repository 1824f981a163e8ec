"""The swimming baths of a town, which say nothing of what is asked: the sauna's price."""

from world.web import Reply, Request, page, picture

_CSS = """
header{background:#00696f;color:#fff}header a{color:#fff}footer{background:#e3f2f1}
.baths{grid-template-columns:1fr 1fr 1fr}.baths a{display:block;background:#e3f2f1;padding:18px;color:#00494d}
"""
_BATHS = {
    "linden": ("Linden Baths", "Indoor pool, 25 m. Sauna on the upper floor, run by a tenant."),
    "weir": ("Weir Lido", "Open-air pool on the river, May to September."),
    "station": ("Station Pool", "Teaching pool, warm water. Schools in the morning."),
}
_PRICES = (("Single ticket", "€5.50", "€3.20"), ("Ten tickets", "€48.00", "€27.00"), ("Year", "€310.00", "€165.00"))
_QUESTIONS = (
    ("May I bring my own locker key?", "Yes, a padlock of up to 6 mm."),
    ("When is the water changed?", "It is filtered all day and changed once a year, in August."),
    ("Are there swimming lessons?", "At the Station Pool, in groups of eight. Ask at the desk."),
    ("Can I pay by card?", "In all three baths, from €5 on."),
    ("Are dogs allowed?", "On the last day of the season, at the Weir Lido."),
    ("Is there a swimming cap rule?", "No, but long hair is tied up."),
)


def _frame(title: str, body: str) -> str:
    return page(
        f"{title} | Town Baths",
        '<header><b>Town Baths</b><a href="/">Baths</a><a href="/prices">Prices</a><a href="/questions">Questions</a>'
        f'<a href="/contact">Contact</a></header><main>{body}</main><footer>Town Baths, Weir Road 1</footer>',
        css=_CSS,
    )


def _home() -> str:
    cards = "".join(f'<a href="/{key}">{name}</a>' for key, (name, _) in _BATHS.items())
    return _frame(
        "Welcome",
        '<img src="/water.png" width="880" height="220" alt=""><h1>Three baths, one ticket</h1>'
        f'<div class="grid baths">{cards}</div><p>All baths are open every day from 7 to 21.</p>',
    )


def _prices() -> str:
    rows = "".join(f"<tr><td>{what}</td><td>{adult}</td><td>{child}</td></tr>" for what, adult, child in _PRICES)
    return _frame(
        "Prices",
        f"<h1>Prices</h1><table><tr><th></th><th>Adults</th><th>Up to 16</th></tr>{rows}</table><p>Tickets are for all "
        "three pools. The tenants of café and sauna have prices of their own.</p>",
    )


def answer(request: Request) -> Reply:
    """Answer as the baths."""
    match request.path.strip("/"):
        case "":
            return Reply(_home())
        case "prices":
            return Reply(_prices())
        case "questions":
            asked = "".join(f"<h2>{question}</h2><p>{said}</p>" for question, said in _QUESTIONS)
            return Reply(_frame("Questions", f"<h1>What people ask</h1>{asked}"))
        case "contact":
            return Reply(_frame("Contact", "<h1>Contact</h1><p>Ask at the desk, every day from 7 to 21.</p>"))
        case "water.png":
            return picture(5, "#d8f0ee", "#7cc5c1", "#2f9a96", "#00696f")
        case key if key in _BATHS:
            name, text = _BATHS[key]
            more = "<p>Open every day from 7 to 21.</p><p>Prices stand on <a href='/prices'>their page</a>.</p>"
            return Reply(_frame(name, f"<h1>{name}</h1><p>{text}</p>{more}"))
    return Reply(_frame("Not found", "<h1>Not found</h1>"), 404)
