"""A recipe site that moved: the old host answers 308, an old link is dead, and the search finds the page."""

from html import escape

from world.web import Reply, Request, go, page, picture

_CSS = """
header{background:#6b3f1d;color:#fff}header a{color:#fff}header form{display:flex;gap:6px}footer{background:#f6efe7}
a{color:#8a4b14}li{margin:6px 0}.note{background:#f6efe7;padding:10px 18px}
"""
_RECIPES = {
    "rye-sourdough": ("Rye sourdough", "rye bread", "Bake at 250 °C for 15 minutes, then at 200 °C for 40 minutes."),
    "oat-and-honey-loaf": ("Oat and honey loaf", "oat bread", "Bake at 190 °C for 42 minutes, in a tin of 25 cm."),
    "oat-biscuits": ("Oat biscuits", "oat biscuits", "Bake at 170 °C for 12 minutes, until the edges are brown."),
    "spelt-rolls": ("Spelt rolls", "spelt bread", "Bake at 220 °C for 18 minutes, with steam."),
}


def _frame(title: str, body: str) -> str:
    return page(
        f"{title} – Grain & Crumb",
        '<header><b>Grain &amp; Crumb</b><a href="/">Recipes</a><form action="/search"><input name="q" type="search" '
        f'aria-label="Search recipes" placeholder="Search recipes"><button>Search</button></form></header><main>{body}'
        "</main><footer>Grain &amp; Crumb: bread for people with little time</footer>",
        css=_CSS,
    )


def _bread() -> str:
    return _frame(
        "Bread",
        '<p class="note">We have moved house. If something is missing, tell us.</p><img src="/loaves.png" width="560" '
        'height="220" alt=""><h1>Bread</h1><ul><li><a href="/recipe/rye-sourdough">Rye sourdough</a></li>'
        '<li><a href="/bread/oat-loaf.html">Oat and honey loaf</a></li>'
        '<li><a href="/recipe/spelt-rolls">Spelt rolls</a></li></ul>',
    )


def _found(asked: str) -> str:
    words = asked.casefold().split()
    hits = [
        f'<li><a href="/recipe/{key}">{name}</a></li>'
        for key, (name, about, _) in _RECIPES.items()
        if all(word in f"{name} {about}".casefold() for word in words)
    ]
    return _frame("Search", f"<h1>{len(hits)} found for “{escape(asked)}”</h1><ul>{''.join(hits)}</ul>")


def answer(request: Request) -> Reply:
    """Answer as the recipe site: under 127.0.0.1 as the old host, under localhost as the new one."""
    name, _, port = request.host.partition(":")
    if name == "127.0.0.1":
        return go(f"http://localhost:{port}{request.path}", 308)
    match request.path.strip("/").split("/"):
        case [""]:
            return go("/bread", 301)
        case ["bread"]:
            return Reply(_bread())
        case ["search"]:
            return Reply(_found(request.query.get("q", "")))
        case ["loaves.png"]:
            return picture(8, "#f3e3cf", "#d9b382", "#a8703a", "#6b3f1d")
        case ["recipe", key] if key in _RECIPES:
            name, _, how = _RECIPES[key]
            return Reply(_frame(name, f"<h1>{name}</h1><p>Knead, let rise for an hour, form.</p><p>{how}</p>"))
    return Reply(_frame("Not found", "<h1>This page is gone</h1><p>Perhaps the search above finds it.</p>"), 404)
