"""A dealer in metals, over https: prices come by fetch(), past every cache, and are new with each request."""

import json
import random

from world.web import Reply, Request, page, picture

_CSS = """
body{background:#fafafa}header{background:#1d1d1f;color:#fff}header a{color:#fff}td:nth-child(2){font-size:22px}
.unit{display:inline-flex;border:1px solid #888;border-radius:6px;overflow:hidden}
.unit i{padding:8px 20px;cursor:pointer}
.unit i.on{background:#1d1d1f}.unit svg{display:block}.unit i.on path{stroke:#fff}#sum{font-size:30px;font-weight:bold}
"""
_SCRIPT = """<script>
let unit = "oz", quotes = {};
const shown = (amount) => "€" + amount.toLocaleString("en", {minimumFractionDigits: 2, maximumFractionDigits: 2});
const price = (metal) => quotes[metal] / (unit === "g" ? 31.1035 : 1);
function draw() {
  for (const metal in quotes) document.getElementById(metal).textContent = shown(price(metal)) + " per " + unit;
  const much = parseFloat(document.getElementById("much").value) || 0;
  document.getElementById("sum").textContent = shown(much * price(document.getElementById("metal").value));
}
async function load() {
  quotes = await (await fetch("/api/quotes?_=" + Date.now())).json();
  draw();
}
function use(icon) {
  document.querySelectorAll(".unit i").forEach((one) => one.classList.toggle("on", one === icon));
  unit = icon.dataset.unit;
  draw();
}
load();
</script>"""
_ICON = (
    '<svg width="26" height="22" viewBox="0 0 26 22"><path d="{}" fill="none" stroke="#1d1d1f" stroke-width="2"/></svg>'
)
_BAR = _ICON.format("M6 6h14l4 12H2z")
_SCALE = _ICON.format("M13 3v16M6 19h14M3 6h20M3 6l-2 6h6zM23 6l-3 6h6z")


def _desk() -> str:
    rows = "".join(f'<tr><td>{name}</td><td id="{name.lower()}">…</td></tr>' for name in ("Gold", "Silver", "Platinum"))
    return page(
        "Today's prices · Assay Desk",
        '<header><b>Assay Desk</b><a href="/">Prices</a><a href="/about">About</a></header>'
        "<main><h1>Today's prices</h1>"
        f'<img src="/bars.png" width="560" height="220" alt=""><p>Shown by weight: <span class="unit">'
        f'<i class="on" data-unit="oz" onclick="use(this)">{_BAR}</i><i data-unit="g" onclick="use(this)">{_SCALE}</i>'
        f"</span> (bars in ounces, or loose in grams)</p><table>{rows}</table><h2>What it comes to</h2>"
        '<p><input id="much" type="number" value="1" oninput="draw()" aria-label="Amount" style="width:120px"> of '
        '<select id="metal" aria-label="Metal" onchange="draw()"><option value="gold">Gold</option><option '
        'value="silver">Silver</option><option value="platinum">Platinum</option></select> is '
        '<span id="sum">…</span></p>'
        '<button onclick="load()">New prices</button></main><footer>Assay Desk buys and sells by appointment</footer>'
        + _SCRIPT,
        css=_CSS,
    )


def answer(request: Request) -> Reply:
    """Answer as the dealer."""
    match request.path:
        case "/":
            return Reply(_desk())
        case "/api/quotes":
            around = {"gold": 2304.5, "silver": 27.9, "platinum": 915.0}
            quotes = {metal: round(price * random.uniform(0.98, 1.02), 2) for metal, price in around.items()}
            return Reply(json.dumps(quotes), type="application/json", headers=(("Cache-Control", "no-store"),))
        case "/bars.png":
            return picture(2, "#efe9dc", "#d8c48a", "#b89b4a", "#7d6a34")
        case "/about":
            return Reply(page("About · Assay Desk", "<main><h1>About</h1></main>", css=_CSS))
    return Reply(page("Not found", "<h1>Not found</h1>", css=_CSS), 404)
