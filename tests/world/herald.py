"""A local newspaper: a cookie banner, a newsletter over the article, a confirm() before the table, and a clock."""

from world.web import Reply, Request, page, picture

_CSS = """
body{font-family:"DejaVu Serif",serif}header{border-bottom:3px double #222}header a{color:#222}
#now{font-size:14px;color:#555}.news{grid-template-columns:2fr 1fr}.news h2 a{color:#222;text-decoration:none}
.cookies{position:fixed;left:0;right:0;bottom:0;background:#222;color:#fff;padding:22px 40px;display:flex;gap:16px}
.cookies p{margin:0 auto 0 0}dialog{border:0;padding:32px 40px;max-width:520px}dialog::backdrop{background:#000a}
"""
_CLOCK = """<script>addEventListener("DOMContentLoaded",()=>{const now=new Date();
document.getElementById("now").textContent=now.toLocaleString("en-GB",{dateStyle:"full",timeStyle:"short"})})</script>"""
_COOKIES = """<div class="cookies" id="cookies" role="dialog" aria-label="Cookies"><p>We and our 14 partners use cookies
to count readers.</p><button onclick="choose('no')">Only necessary</button><button onclick="choose('yes')">Accept all
</button></div><script>function choose(what){document.cookie="cookies="+what+";path=/";
document.getElementById("cookies").remove()}</script>"""
_LETTER = """<dialog id="letter"><h2>The Harbour Letter</h2><p>Our best stories, each Friday morning, free.</p>
<form method="dialog"><input type="email" placeholder="Your email" aria-label="Your email"> <button>Subscribe</button>
<p><button style="border:0;background:none;text-decoration:underline">No, thank you</button></p></form></dialog>
<script>document.getElementById("letter").showModal()</script>"""
_TIDES = (
    ("Thursday", "03:12", "09:20", "15:41", "21:48"),
    ("Friday", "04:05", "10:11", "16:33", "22:37"),
    ("Saturday", "04:54", "11:02", "17:21", "23:24"),
    ("Sunday", "05:40", "11:49", "18:06", ""),
)


def _frame(title: str, body: str, cookies: dict[str, str]) -> str:
    return page(
        f"{title} - The Harbour Herald",
        '<header><b>The Harbour Herald</b><span id="now"></span><a href="/">News</a><a href="/port">Port</a></header>'
        f"<main>{body}</main><footer>The Harbour Herald, since 1881</footer>"
        + ("" if "cookies" in cookies else _COOKIES),
        css=_CSS,
        head=_CLOCK,
    )


_NEWS = """<div class="grid news"><section><img src="/quay.png" width="560" height="220" alt="The north quay">
<h2><a href="/north-quay">North quay will be closed to cars on Saturday</a></h2>
<p>Spring tides reach the road in the afternoon, says the harbour master.</p>
<h2><a href="/ferry">The island ferry gets a second boat</a></h2><p>From May there will be a crossing each hour.</p>
</section><aside><h2>Also today</h2><p><a href="/ferry">Ferry</a></p><p><a href="/port">Ships in port</a></p></aside>
</div>"""
_QUAY = """<h1>North quay will be closed to cars on Saturday</h1><p>By our reporter at the port</p>
<img src="/quay.png" width="560" height="220" alt="The north quay">
<p>The road along the north quay will be closed on Saturday from two hours before high water in the afternoon until
one hour after it. The harbour master expects the water to stand a hand above the kerb.</p>
<p>Those who live there are asked to move their cars in the morning. The bus goes by the upper town.</p>
<p>When exactly that is can be read in our table:
<a href="/tides" onclick="return confirm('The tide table is not meant for navigation. Show it all the same?')">Show the
tide table</a></p>"""


def _tides() -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in _TIDES)
    return (
        "<h1>Tides at the north quay</h1><table><tr><th></th><th>High</th><th>Low</th><th>High</th><th>Low</th></tr>"
        f"{rows}</table><p>Not for navigation.</p>"
    )


def answer(request: Request) -> Reply:
    """Answer as the newspaper."""
    cookies = request.cookies
    match request.path:
        case "/":
            return Reply(_frame("News", _NEWS, cookies))
        case "/north-quay":
            letter = "" if "letter" in cookies else _LETTER
            seen = (("Set-Cookie", "letter=seen; Path=/; Max-Age=86400"),)
            return Reply(_frame("North quay closed", _QUAY + letter, cookies), headers=seen)
        case "/tides":
            return Reply(_frame("Tides", _tides(), cookies))
        case "/port":
            return Reply(_frame("Port", "<h1>Ships in port</h1><p>Three coasters and the pilot boat.</p>", cookies))
        case "/ferry":
            return Reply(_frame("Ferry", "<h1>The island ferry gets a second boat</h1>", cookies))
        case "/quay.png":
            return picture(11, "#e8ddc9", "#b9a98a", "#5b7f8c", "#33525e")
    return Reply(_frame("Not found", "<h1>There is no such page</h1>", cookies), 404)
