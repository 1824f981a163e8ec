"""A sailing school: a form with every kind of field, checked by the server, then a redirect to a confirmation."""

import secrets
from datetime import date
from html import escape

from world.web import Reply, Request, go, page, picture

_CSS = """
header{background:#0b3c5d;color:#fff}header a{color:#fff;text-decoration:none}footer{background:#eef3f6}
form{display:grid;grid-template-columns:220px 1fr;gap:12px 20px;align-items:center}fieldset{border:0;padding:0;margin:0}
fieldset label,.tick label{margin-right:22px}.wrong{background:#fde8e6;border-left:5px solid #b3261e;padding:10px 18px}
.wrong p{margin:4px 0}button,.button{background:#d9542b;color:#fff;border:0;border-radius:4px;padding:12px 26px}
.cards{grid-template-columns:1fr 1fr 1fr}.cards div{background:#eef3f6;padding:16px}.button{text-decoration:none}
.done{background:#e6f4ea;padding:20px 26px;border-radius:6px}dt{float:left;width:160px;color:#555}
"""
_COURSES = {
    "dinghy": ("Dinghy weekend", "Two days in small boats on the bay, for beginners.", 180),
    "keelboat": ("Keelboat skipper", "Four days on a 28 ft keelboat, with the harbour exam.", 640),
    "night": ("Night passage", "One night at sea, lights and tides. Experience needed.", 220),
}
_MEALS = ("Everything", "Vegetarian", "Vegan")
_booked: dict[str, dict[str, str]] = {}


def _frame(title: str, body: str) -> str:
    return page(
        f"{title} · Kestrel Sailing School",
        '<header><b>Kestrel Sailing School</b><a href="/">Courses</a><a href="/book">Book</a>'
        '<a href="/harbour">The harbour</a></header>'
        f"<main>{body}</main><footer>Kestrel Sailing School, Quay 4 · Lessons from April to November</footer>",
        css=_CSS,
    )


def _home() -> str:
    cards = "".join(
        f"<div><h2>{name}</h2><p>{text}</p><p><strong>€{price}</strong> per person</p></div>"
        for name, text, price in _COURSES.values()
    )
    return _frame(
        "Courses",
        '<img src="/bay.png" width="880" height="220" alt="The bay"><h1>Learn to sail on the bay</h1>'
        f'<div class="grid cards">{cards}</div><p style="margin-top:32px"><a class="button" href="/book">Book a course'
        "</a></p>",
    )


def _form(token: str, told: dict[str, str], wrong: list[str]) -> str:
    def value(name: str) -> str:
        return escape(told.get(name, ""))

    courses = "".join(
        f'<option value="{key}"{" selected" if told.get("course") == key else ""}>{name}</option>'
        for key, (name, _, _) in _COURSES.items()
    )
    meals = "".join(
        f'<label><input type="radio" name="meal" value="{meal}"{" checked" if told.get("meal") == meal else ""}> {meal}'
        "</label>"
        for meal in _MEALS
    )
    said = f'<div class="wrong">{"".join(f"<p>{one}</p>" for one in wrong)}</div>' if wrong else ""
    return _frame(
        "Book a course",
        f'<h1>Book a course</h1>{said}<p>All fields are needed.</p><form method="post" action="/book" novalidate>'
        f'<input type="hidden" name="token" value="{token}">'
        f'<label for="name">Full name</label><input id="name" name="name" value="{value("name")}" autocomplete="off">'
        f'<label for="email">Email</label><input id="email" name="email" type="email" value="{value("email")}">'
        f'<label for="course">Course</label><select id="course" name="course"><option value="">Please choose</option>'
        f"{courses}</select>"
        f'<label for="day">First day</label><input id="day" name="day" type="date" value="{value("day")}">'
        f'<label for="people">People</label><input id="people" name="people" type="number" min="1" max="6" '
        f'value="{value("people") or 1}"><span>Lunch</span><fieldset>{meals}</fieldset>'
        '<span>Extras</span><div class="tick"><label><input type="checkbox" name="wetsuit" value="yes"'
        f"{' checked' if told.get('wetsuit') else ''}> Wetsuit (€15 each)</label></div>"
        '<span></span><div class="tick"><label><input type="checkbox" name="swims" value="yes"'
        f"{' checked' if told.get('swims') else ''}> Everyone can swim 200 m</label></div>"
        "<span></span><div><button>Send booking</button></div></form>",
    )


def _wrong(form: dict[str, str]) -> list[str]:
    found = []
    if len(form.get("name", "").split()) < 2:
        found.append("Full name: give a first and a last name.")
    if "@" not in form.get("email", ""):
        found.append("Email: this is not an address.")
    if form.get("course") not in _COURSES:
        found.append("Course: choose one.")
    try:
        if date.fromisoformat(form.get("day", "")).weekday() != 5:
            found.append("First day: courses begin on a Saturday.")
    except ValueError:
        found.append("First day: give a date.")
    if form.get("meal") not in _MEALS:
        found.append("Lunch: choose one.")
    if form.get("swims") != "yes":
        found.append("Everyone must be able to swim 200 m.")
    return found


def _confirmation(number: str, form: dict[str, str]) -> str:
    name, _, price = _COURSES[form["course"]]
    total = (price + (15 if form.get("wetsuit") else 0)) * int(form["people"])
    lines = {
        "Booking number": number,
        "Name": form["name"],
        "Course": name,
        "First day": f"{date.fromisoformat(form['day']):%A %d %B %Y}",
        "People": form["people"],
        "Lunch": form["meal"],
        "Wetsuits": "yes" if form.get("wetsuit") else "no",
        "Total": f"€{total}",
    }
    listed = "".join(f"<dt>{key}</dt><dd>{escape(value)}</dd>" for key, value in lines.items())
    return _frame("Thank you", f'<h1>Thank you, we have your booking</h1><div class="done"><dl>{listed}</dl></div>')


def answer(request: Request) -> Reply:
    """Answer as the sailing school."""
    token = request.cookies.get("visit") or secrets.token_hex(8)
    visit = (("Set-Cookie", f"visit={token}; Path=/; HttpOnly; SameSite=Lax"),)
    match request.method, request.path.strip("/").split("/"):
        case "GET", [""]:
            return Reply(_home(), headers=visit)
        case "GET", ["bay.png"]:
            return picture(3, "#bfe0ef", "#7fb2c9", "#2f7896", "#0b3c5d")
        case "GET", ["harbour"]:
            return Reply(_frame("The harbour", "<h1>The harbour</h1><p>Quay 4 is ten minutes from the station.</p>"))
        case "GET", ["book"]:
            return Reply(_form(token, {}, []), headers=visit)
        case "POST", ["book"] if request.form.get("token") != request.cookies.get("visit"):
            return Reply(_frame("Not now", "<h1>This form is too old</h1>"), 403)
        case "POST", ["book"] if wrong := _wrong(request.form):
            return Reply(_form(token, request.form, wrong), 422)
        case "POST", ["book"]:
            number = f"KS-{secrets.randbelow(90000) + 10000}"
            _booked[number] = request.form
            mine = ("Set-Cookie", f"booking={number}; Path=/; HttpOnly; SameSite=Lax")
            return Reply(status=303, headers=(("Location", f"/booked/{number}"), mine))
        case "GET", ["booked", number] if number in _booked and request.cookies.get("booking") == number:
            return Reply(_confirmation(number, _booked[number]))
    return go("/", 302) if request.path == "/index.html" else Reply(_frame("Not found", "<h1>Not found</h1>"), 404)
