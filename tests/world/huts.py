"""A guide to mountain huts whose links open tabs of their own: two of them are compared."""

from world.web import Reply, Request, page, picture

_CSS = """
header{background:#3b4a3f;color:#fff}header a{color:#fff}main{max-width:1040px}
.huts{grid-template-columns:1fr 1fr}.huts article{border:1px solid #c9d1c8;padding:14px}
.huts img{width:100%;height:150px;object-fit:cover}.huts h2{margin:10px 0 4px}.huts p{margin:4px 0}a{color:#2c6e49}
"""
_HUTS = {
    "silberhorn": ("Silberhorn Hut", 2663, 88, [("Bed in a dormitory", 38, 26), ("Half board", 49, 49)], "4 October"),
    "rotband": ("Rotband Hut", 2410, 64, [("Bed in a dormitory", 34, 20), ("Half board", 52, 52)], "20 September"),
    "gamsboden": ("Gamsboden Hut", 1987, 40, [("Bed in a dormitory", 30, 22), ("Half board", 44, 44)], "26 October"),
    "eissee": ("Eissee Hut", 3012, 110, [("Bed in a dormitory", 42, 28), ("Half board", 55, 55)], "13 September"),
}


def _frame(title: str, body: str) -> str:
    return page(
        title,
        '<header><b>Upper Valley Huts</b><a href="/">All huts</a><a href="/paths">Paths</a></header>'
        f"<main>{body}</main><footer>Upper Valley Alpine Club, section of huts and paths</footer>",
        css=_CSS,
    )


def _guide() -> str:
    cards = "".join(
        f'<article><img src="/{key}.png" alt=""><h2>{name}</h2><p>{height:,} m above the sea · {beds} beds</p>'
        f'<p><a href="/hut/{key}" target="_blank">Prices and season of {name}</a></p></article>'
        for key, (name, height, beds, _, _) in _HUTS.items()
    )
    return _frame(
        "Upper Valley Huts: the guide",
        f'<h1>Four huts in the upper valley</h1><p>A day\'s walk apart.</p><div class="grid huts">{cards}</div>',
    )


def _hut(key: str) -> str:
    name, height, beds, prices, closes = _HUTS[key]
    rows = "".join(f"<tr><td>{what}</td><td>€{guest}</td><td>€{member}</td></tr>" for what, guest, member in prices)
    return _frame(
        f"{name}: prices and season",
        f'<h1>{name}</h1><img src="/{key}.png" width="560" height="220" alt=""><p>{height:,} m above the sea, {beds} '
        f"beds. No showers; water is scarce from August on.</p><h2>Prices per night</h2><table><tr><th></th>"
        f"<th>Guests</th><th>Club members</th></tr>{rows}</table><p>Half board is dinner and breakfast, and is paid in "
        f"addition to the bed.</p><h2>Season</h2><p>The warden is there from 15 June to {closes}. In winter the small "
        "room with 12 beds is open.</p>",
    )


def answer(request: Request) -> Reply:
    """Answer as the guide."""
    match request.path.strip("/").split("/"):
        case [""]:
            return Reply(_guide())
        case ["hut", key] if key in _HUTS:
            return Reply(_hut(key))
        case ["paths"]:
            return Reply(_frame("Paths", "<h1>Paths</h1><p>All paths are marked white, red and white.</p>"))
        case [file] if (key := file.removesuffix(".png")) in _HUTS and key != file:
            return picture(_HUTS[key][1], "#dfe9f2", "#9db4c8", "#5d7a6a", "#2d4032")
    return Reply(_frame("Not found", "<h1>Not found</h1>"), 404)
