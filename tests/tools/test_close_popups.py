"""close_popups."""

from typing import Any

import pytest
from cases import first
from memory_site import Attach, Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load
from webagent.tools import ClosePopups
from webagent.tools.popup_words import deed_of

SETUP = (
    "<script>window.did = []; const act = (what, id) => "
    "{ did.push(what); if (id) document.getElementById(id).remove() }</script>"
)
BANNER = "position:fixed;left:0;right:0;bottom:0;height:200px;background:#eee;z-index:9999"
MODAL = "position:fixed;left:300px;top:200px;width:500px;height:400px;background:#fff;z-index:1000"


def did(driver: WebDriver) -> list[str]:
    out: list[str] = driver.execute_script("return did")
    return out


def button(name: str, root: str = "", more: str = "") -> str:
    return f"<button {more} onclick=\"act('{name}', '{root}')\">{name}</button>"


def banner(*buttons: str) -> str:
    return (
        f"{SETUP}<p>page</p><div id=b style='{BANNER}'>We use cookies and value your privacy. {''.join(buttons)}</div>"
    )


def dialog(inside: str, more: str = "") -> str:
    return f"{SETUP}<p>page</p><div id=d role=dialog aria-label=Offer {more} style='{MODAL}'>{inside}</div>"


def test_nothing_open_means_nothing_done(driver: WebDriver, open_page: Open) -> None:
    open_page(
        SETUP + "<script>addEventListener('keydown', e => did.push(e.key))</script>"
        "<header style='position:fixed;top:0;height:80px;width:100%;z-index:999'>"
        + button("Close", "x")
        + "</header><p style='height:2000px'>Our cookie recipes"
        + button("Accept")
        + button("Close")
        + "</p><div role=dialog hidden>"
        + button("Close")
        + "</div>"
    )
    assert ClosePopups(driver)() == "No pop-up is open."
    assert did(driver) == []


def test_escape_comes_first_and_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(
        dialog(button("Close", "d"))
        + "<script>addEventListener('keydown', e => e.key === 'Escape' && act('key', 'd'))</script>"
    )
    assert ClosePopups(driver)() == "Pressed Escape, which closed the dialog 'Offer'."
    assert did(driver) == ["key"]


def test_one_that_fades_out_at_escape_is_waited_for(driver: WebDriver, open_page: Open) -> None:
    open_page(
        dialog(button("Close", "d"), "class=fade")
        + "<style>.fade{transition:opacity .3s}</style><script>addEventListener('keydown', e => {"
        "d.style.opacity = 0; d.ontransitionend = () => act('key', 'd') })</script>"
    )
    assert ClosePopups(driver)() == "Pressed Escape, which closed the dialog 'Offer'."
    assert "Close" not in did(driver)


def test_a_native_dialog_is_closed_by_escape(driver: WebDriver, open_page: Open) -> None:
    open_page(f"{SETUP}<dialog id=d><h2>News</h2>{button('Close', 'd')}</dialog><script>d.showModal()</script>")
    assert ClosePopups(driver)() == "Pressed Escape, which closed the dialog 'News'."


@pytest.mark.parametrize(
    ("consent", "accept", "refuse"),
    first(
        4,
        [
            ("We use cookies.", "Accept all", "Reject all"),
            ("We use cookies.", "Accept all", "Only necessary"),
            ("We use cookies.", "Allow all", "Decline"),
            ("We use cookies.", "OK", "Deny"),
            ("Nous utilisons des cookies.", "Tout accepter", "Tout refuser"),
            ("Nous utilisons des cookies.", "J'accepte", "Continuer sans accepter"),
            ("Wir verwenden Cookies.", "Alle akzeptieren", "Alle ablehnen"),
            ("Ihr Datenschutz", "Zustimmen", "Nur notwendige Cookies"),
            ("Usamos cookies.", "Aceptar todas", "Rechazar todas"),
            ("Usiamo i cookie.", "Accetta tutti", "Rifiuta tutto"),
            ("Wij gebruiken cookies.", "Alles accepteren", "Alles weigeren"),
            ("Usamos cookies.", "Aceitar tudo", "Rejeitar tudo"),
            ("Używamy plików cookie.", "Akceptuję wszystkie", "Odrzuć wszystkie"),
        ],
    ),
)
def test_consent_is_refused_in_many_languages(
    driver: WebDriver, open_page: Open, consent: str, accept: str, refuse: str
) -> None:
    escaped = accept.replace("'", "\\'")
    open_page(
        f"{SETUP}<div id=b style='{BANNER}'>{consent}<button onclick=\"act('{escaped}', 'b')\">{accept}</button>"
        f"<button onclick=\"act('x', 'b')\" aria-label=Close>×</button>{button(refuse, 'b')}</div>"
    )
    assert ClosePopups(driver)() == f"Pressed Escape; clicked {refuse!r} in the cookie banner."
    assert did(driver) == [refuse]


def test_without_a_refusal_the_banner_is_closed(driver: WebDriver, open_page: Open) -> None:
    open_page(
        banner(button("Accept all", "b"), button("Settings"), "<a href='#' class=close onclick=\"act('x', 'b')\">×</a>")
    )
    assert ClosePopups(driver)() == "Pressed Escape; clicked '×' in the cookie banner."
    assert did(driver) == ["x"]


def test_accepting_is_the_last_resort_and_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(banner(button("Settings"), button("Accept all", "b")))
    assert ClosePopups(driver)() == (
        "Pressed Escape; clicked 'Accept all' in the cookie banner, as nothing else in it closes it."
    )
    assert did(driver) == ["Accept all"]


def test_a_refusal_that_does_nothing_is_told_and_the_next_way_tried(driver: WebDriver, open_page: Open) -> None:
    open_page(banner(button("Reject all"), button("Close", "b"), button("Accept all", "b")))
    assert ClosePopups(driver)() == (
        "Pressed Escape; clicked 'Reject all' in the cookie banner, which did not close it; "
        "clicked 'Close' in the cookie banner."
    )
    assert did(driver) == ["Reject all", "Close"]


def test_a_banner_in_the_flow_of_the_page_is_found(driver: WebDriver, open_page: Open) -> None:
    buttons = button("Accept", "b") + button("Reject", "b")
    open_page(f"{SETUP}<div id=b class=site-cookie-banner>We use cookies {buttons}</div><p>x")
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Reject' in the cookie banner."


def test_an_overlay_without_any_role_is_closed(driver: WebDriver, open_page: Open) -> None:
    open_page(
        f"{SETUP}<p>page</p><div id=o style='position:fixed;inset:0;z-index:1000;background:#000a'>"
        f"<div style='margin:200px;"
        f"background:#fff'><h3>Join us</h3><span class=modal-close style='cursor:pointer'"
        f" onclick=\"act('x', 'o')\"></span>"
        f"<input><svg class=close-icon width=20 height=20 onclick=\"act('x', 'o')\">"
        f"<rect width=20 height=20 /></svg></div></div>"
    )
    assert ClosePopups(driver)() == "Pressed Escape; clicked the close button in the pop-up 'Join us'."
    assert did(driver) == ["x"]


def test_stacked_popups_are_all_closed_the_topmost_first(driver: WebDriver, open_page: Open) -> None:
    open_page(
        banner(button("Reject all", "b"))
        + f"<div id=d1 role=dialog aria-label=One style='{MODAL};z-index:10000'>{button('Close', 'd1')}</div>"
        f"<div id=d2 role=alertdialog aria-label=Two style='{MODAL};z-index:10001'>{button('No thanks', 'd2')}</div>"
    )
    assert ClosePopups(driver)() == (
        "Pressed Escape; clicked 'No thanks' in the dialog 'Two'; clicked 'Close' in the dialog 'One'; "
        "clicked 'Reject all' in the cookie banner."
    )
    assert ClosePopups(driver)() == "No pop-up is open."


def test_one_that_comes_up_after_another_is_closed_too(driver: WebDriver, open_page: Open) -> None:
    late = f"<div id=e role=dialog aria-label=Late style='{MODAL}'>{button('Close', 'e')}</div>".replace('"', "&quot;")
    open_page(dialog("<button id=c>Close</button>") + f'<template id=t>{late.replace("&quot;", chr(34))}</template>'
              "<script>c.onclick = () => { d.remove(); document.body.append(t.content.cloneNode(true)) }"
              "</script>")  # fmt: skip
    assert (
        ClosePopups(driver)()
        == "Pressed Escape; clicked 'Close' in the dialog 'Offer'; clicked 'Close' in the dialog 'Late'."
    )


def test_one_that_goes_while_it_is_looked_at_is_not_open(driver: WebDriver, open_page: Open, attach: Attach) -> None:
    def remove(command: str, params: dict[str, Any]) -> None:
        if load("popup") in params.get("script", ""):
            driver.execute_script("document.querySelector('#d')?.remove()")

    open_page(dialog(button("Close", "d")))
    assert ClosePopups(attach(remove))() == "No pop-up is open."


def test_one_that_fades_out_is_waited_for(driver: WebDriver, open_page: Open) -> None:
    open_page(dialog("<button onclick=\"did.push('x'); d.style.opacity = 0; setTimeout(() => d.remove(),"
                     " 600)\">Close</button>",
                     "class=fade") + "<style>.fade{transition:opacity .5s}</style>")  # fmt: skip
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Close' in the dialog 'Offer'."
    assert did(driver) == ["x"]


@pytest.mark.parametrize(
    "inside",
    first(
        8,
        [
            "<a href=/away>Close</a>",
            "<a href=/away><button type=button>Close</button></a>",
            "<div onclick=1 aria-label=Close><a href=/away>x</a></div>",
            "<a href=''>Close</a>",
            "<a href='https://example.invalid/' role=button class=close>×</a>",
            "<a href='javascript:location.assign(\"/away\")'>Close</a>",
            "<button onclick=\"location = '/away'\">Close</button>",
            "<form action=/away><button>Close</button></form>",
            "<form action=/away><input type=submit value=Close></form>",
            "<form action=/away><input type=image alt=Close src=data:,></form>",
            "<form id=f action=/away></form><button form=f>Dismiss</button>",
            "<form action=/away><input name=email><button>Subscribe</button></form>",
            button("Delete", "d"),
            button("Buy now", "d"),
            button("Confirm", "d"),
            button("Yes", "d"),
            button("Close my account", "d", "class=close"),
            button("Cancel subscription", "d"),
            button("Subscribe", "d", "class=close-button"),
            button("OK", "d") + button("More", "d"),
            button("Accept", "d"),
            button("Decline", "d"),
            button("Close", "d", "disabled style='display:none'"),
        ],
    ),
)
def test_what_navigates_sends_or_decides_is_never_clicked(
    driver: WebDriver, open_page: Open, site: Site, inside: str
) -> None:
    url = open_page(dialog(inside))
    said = ClosePopups(driver)()
    assert said == (
        "Pressed Escape. Still open: the dialog 'Offer'; no button there that only closes it: click the one you want."
    )
    assert driver.current_url == url
    assert did(driver) == []
    assert "/away" not in site.asked


@pytest.mark.parametrize(
    "inside",
    first(
        4,
        [
            "<a href='#' onclick=\"act('x', 'd')\">Close</a>",
            "<a onclick=\"act('x', 'd')\">Close</a>",
            "<a href='javascript:void(0)' onclick=\"act('x', 'd')\" class=close>×</a>",
            "<form action=/away><button type=button onclick=\"act('x', 'd')\">Cancel</button></form>",
            "<button onclick=\"act('x', 'd')\">Close</button>",
            "<form method=dialog><button onclick=\"act('x', 'd')\">Close</button></form>",
            "<p>Saved.</p><button onclick=\"act('x', 'd')\">OK</button>",
            "<button aria-label='Close the sign up dialog' onclick=\"act('x', 'd')\"><svg width=9 height=9></svg>"
            "</button>",
            "<button onclick=\"act('x', 'd')\">Delete</button>".replace("Delete", "Not now")
            + "<button>Delete</button>",
            "<button class=btn-close onclick=\"act('x', 'd')\" style='width:20px;height:20px'></button>",
            "<div role=button tabindex=0 aria-label=Dismiss onclick=\"act('x', 'd')\">✕</div>",
        ],
    ),
)
def test_what_only_closes_is_clicked(driver: WebDriver, open_page: Open, site: Site, inside: str) -> None:
    url = open_page(dialog(inside))
    said = ClosePopups(driver)()
    assert said.startswith("Pressed Escape; clicked ")
    assert "Still open" not in said
    assert did(driver) == ["x"]
    assert driver.current_url.rstrip("#") == url
    assert "/away" not in site.asked


def test_a_button_that_something_lies_over_is_clicked_all_the_same(driver: WebDriver, open_page: Open) -> None:
    open_page(dialog(button("Close", "d")) + "<div style='position:fixed;inset:0;z-index:2000'></div>")
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Close' in the dialog 'Offer'."
    assert did(driver) == ["Close"]


def test_clicks_are_real(driver: WebDriver, open_page: Open) -> None:
    open_page(dialog("<button onclick='did.push(event.isTrusted); d.remove()'>Close</button>"))
    ClosePopups(driver)()
    assert did(driver) == [True]


def test_a_close_button_beside_the_dialog_in_its_wrapper_is_found(driver: WebDriver, open_page: Open) -> None:
    open_page(
        f"{SETUP}<div id=w style='position:fixed;inset:0;z-index:50'>{button('×', 'w', 'aria-label=Close')}"
        f"<div role=dialog aria-modal=true aria-label=Inner style='{MODAL}'>text</div></div>"
    )
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Close' in the dialog 'Inner'."


def test_a_dialog_whose_own_box_is_empty_is_seen(driver: WebDriver, open_page: Open) -> None:
    open_page(
        f"{SETUP}<div id=d role=dialog aria-label=Headless><div style='{MODAL}'>{button('Close', 'd')}</div></div>"
    )
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Close' in the dialog 'Headless'."


def test_popups_in_shadow_roots_are_closed(driver: WebDriver, open_page: Open) -> None:
    open_page(
        f"{SETUP}<div id=h></div><script>h.attachShadow({{mode:'open'}}).innerHTML=`"
        f"<div style='{BANNER}'>We use cookies"
        "<button onclick=\"did.push('no'); document.getElementById('h').remove()\">Reject</button>"
        "<button>Accept</button></div>`"
        "</script>"
    )
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Reject' in the cookie banner."
    assert did(driver) == ["no"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_consent_frame_is_answered_and_the_driver_returns(
    driver: WebDriver, open_page: Open, site: Site, host: str
) -> None:
    site.pages["/consent"] = (
        "<h1>Your privacy</h1>We use cookies<button onclick=\"parent.postMessage('accept', '*')\">Accept all</button>"
        "<button onclick=\"parent.postMessage('reject', '*')\">Reject all</button>"
    )
    open_page(
        f"{SETUP}<p>page</p><div id=b style='{BANNER}'><iframe src={site.url('/consent', host)}"
        f" width=900 height=190></iframe>"
        "</div><script>onmessage = e => act(e.data, 'b')</script>"
    )
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Reject all' in the cookie banner."
    assert driver.execute_script("return window === top")
    assert did(driver) == ["reject"]


def test_a_frame_that_is_itself_the_banner(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/consent"] = (
        "We use cookies<button onclick=\"parent.document.getElementById('b').remove()\">Reject all</button>"
    )
    open_page(f"{SETUP}<p>page</p><iframe id=b src=/consent style='{BANNER};width:100%'></iframe>")
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Reject all' in the cookie banner."


def test_a_dialog_inside_a_frame_of_the_page(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/app"] = dialog(button("Close", "d"))
    open_page("<iframe src=/app width=1000 height=800></iframe>")
    assert ClosePopups(driver)() == "Pressed Escape; clicked 'Close' in the dialog 'Offer'."
    assert driver.execute_script("return window === top")


def test_a_dialog_opened_by_a_click_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page(dialog("<button onclick=\"confirm('Leave?')\">Close</button>"))
    said = ClosePopups(driver)()
    answer = "answer it with answer_dialog(accept=True) or answer_dialog(accept=False) first."
    assert f"A dialog opened: Leave?; {answer}" in said
    with pytest.raises(RuntimeError, match=r"^A dialog is open: Leave\?"):
        ClosePopups(driver)()
    driver.switch_to.alert.dismiss()


def test_a_page_that_opens_ever_new_ones_is_left_after_some(driver: WebDriver, open_page: Open) -> None:
    open_page(f"{SETUP}<script>const again = () => {{ document.querySelector('[role=dialog]')?.remove(); document.body"
              f".insertAdjacentHTML('beforeend', `<div role=dialog style='{MODAL}'>"
              f"<button onclick='again()'>Close</button></div>`)"
              "}; again()</script>")  # fmt: skip
    said = ClosePopups(driver)()
    assert said.count("clicked 'Close'") == 10
    assert "Still open: the dialog" in said


@pytest.mark.parametrize(
    ("name", "consent", "deed"),
    [
        ("Reject All", True, "refuse"),
        ("Reject and subscribe", True, None),
        ("Refuser et s’abonner", True, None),
        ("Accept and pay", True, None),
        ("Accept only necessary cookies", True, "refuse"),
        ("Nur essenzielle Cookies akzeptieren", True, "refuse"),
        ("Solo necesarias", True, "refuse"),
        ("Apenas necessários", True, "refuse"),
        ("Tylko niezbędne", True, "refuse"),
        ("Alleen noodzakelijk", True, "refuse"),
        ("Solo i necessari", True, "refuse"),
        ("Avvis alle", True, "refuse"),
        ("Manage options", True, None),
        ("Privacy policy", True, None),
        ("Reject", False, None),
        ("Accept", False, None),
        ("Fermer", False, "close"),
        ("Schließen", False, "close"),
        ("Zamknij", False, "close"),
        ("Close account", False, None),
        ("Cancel order", False, None),
        ("Continue", False, None),
    ],
)
def test_words(name: str, consent: bool, deed: str | None) -> None:
    assert deed_of(name, name, False, consent) == deed


def test_consent_that_is_refused_by_sending_a_form_is_refused_so(
    driver: WebDriver, open_page: Open, site: Site
) -> None:
    form = "<form method=post action={}>{}</form>"
    open_page(
        banner(form.format("/all", "<button>Accept all</button>"), form.format("/none", "<button>Reject all</button>"))
    )
    said = ClosePopups(driver)()
    assert said.startswith("Pressed Escape; clicked 'Reject all' in the cookie banner")
    assert "The page is now" in said
    assert "/none" in site.asked
    assert "/all" not in site.asked
