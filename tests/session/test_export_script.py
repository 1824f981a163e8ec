"""Sessions as scripts: what is written, and what comes of it when it runs."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from exported import final, session, step
from servers import LOOPBACK, Site

from webagent import ConfigurationError, Settings, WebAgent, read_session
from webagent.demo.run import SESSION
from webagent.demo.shop import Shop
from webagent.replay.model import ReplayModel
from webagent.session.export.code import TOOLS
from webagent.session.export.script import script
from webagent.session.reader import Session
from webagent.task import Task
from webagent.tools import browsing_tools

HOSTILE = (
    "x\nimport os; os.abort()\r# coding: rot13\x0c\x00\x1b[31m\u2028raise 1\u2029\x85\u202e'\"\"\"''' \\ {task} \ud83d"
)
NEVER = ("abort()\n", "\nimport os;", "\nraise 1")


def body(text: str) -> str:
    """Return the recorded steps of a script."""
    return text[text.index("def steps()") : text.index("def main()")]


def test_steps_stand_in_order_with_their_thoughts_and_the_failed_one_is_left_out(tmp_path: Path) -> None:
    text, notes = script(
        session(
            tmp_path,
            step(1, "click(Link('Men'))"),
            step(2, "click('Nothing')", error="There is no 'Nothing' on the page."),
            step(3, "close_popups()\nn = ceil(2.5)"),
            final(4),
            step(5, "click('after the end')"),
        )
    )
    steps = body(text)
    assert steps.index('click(Link("Men"))') < steps.index("# Step 2 failed and is left out: There is no 'Nothing'")
    assert "#     click('Nothing')" in steps
    assert "# Step 3. I do step 3." in steps
    assert "click('Nothing')" not in ast.unparse(ast.parse(text))
    assert 'return "The Linen Lamp costs 24.50 EUR"' in steps
    assert "after the end" not in text
    assert "from helium import Link, click\n" in text
    assert "from math import ceil\n" in text
    assert "from webagent.tools import ClosePopups\n" in text
    assert 'EXPECTED = (\n    "Linen Lamp",\n    "24.50 EUR",\n)' in text
    assert "VIEWPORT = (1000, 700)" in text
    assert [note for note in notes if "your rights" in note]
    assert text.splitlines()[2].endswith("It runs with your rights, without webagent's sandbox: read it first.")


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        ("final_answer(answer=1)", "return 1"),
        ("if True:\n    final_answer(1)\nclick('x')", "if True:\n            return 1"),
        ("for n in [1]:\n    final_answer(n)", "return n"),
        ("def f():\n    final_answer(1)\nf()", "final_answer(1)"),
        ("a = final_answer(1)", "a = final_answer(1)"),
        ("[final_answer(n) for n in [1]]", "[final_answer(n) for n in [1]]"),
        ("final_answer(*[1])", "final_answer(*[1])"),
        ("from helium import *\nclick('x')\nfinal_answer(1)", "click"),
        ("from math import *\nfinal_answer(sqrt(4))", "return sqrt(4)"),
        ("Text = Text('Total').value\nfinal_answer(Text)", "global Text"),
        ("list = list((1, 2))\nfinal_answer(list)", "global list"),
        ("switch_to('bag')\nfinal_answer(1)", 'switch_to("Your Bag - Lamp")'),
        ("click(Point(1, 2))\nfinal_answer(1)", "aim_at_the_picture()"),
        ("print('\\d')\nfinal_answer(1)  # \u202e hidden", "print"),
    ],
)
def test_code_of_all_kinds_becomes_a_script_that_compiles(tmp_path: Path, code: str, holds: str) -> None:
    text, _ = script(session(tmp_path, step(1, code, final=True, title="Your Bag - Lamp"), answer=1))
    compile(text, "script", "exec")
    assert holds in body(text)
    assert ("class Answer" in text) == ("final_answer" in body(text))
    assert "\u202e" not in text


@pytest.mark.parametrize("where", ["task", "url", "title", "thought", "answer", "text", "error", "code", "failed code"])
def test_no_text_of_a_session_gets_out_of_its_comment_or_literal(tmp_path: Path, where: str) -> None:
    from webagent.text import well_formed

    hostile = well_formed(HOSTILE)
    page = {"title": hostile, "url": f"http://a/{hostile}", "text": hostile + " 24.50"}
    first = {
        "title": step(1, "pass", **page),
        "thought": step(1, "pass", reply=f"Thought: {hostile}\n<code>pass</code>"),
        "error": step(1, "click(1)", error=hostile),
        "code": step(1, f"write({hostile!r})"),
        "failed code": step(1, f"x = 1 # {hostile}", error="no"),
    }.get(where, step(1, "pass"))
    text, _ = script(
        session(
            tmp_path,
            first,
            final(
                2, repr(hostile) if where == "answer" else "'Lamp'", **({"text": hostile} if where == "text" else {})
            ),
            task=hostile if where == "task" else "Find.",
            url=f"http://a/{hostile}" if where == "url" else "http://a/",
            answer=hostile if where in ("answer", "text") else "Lamp",
        )
    )
    assert all(one.isprintable() or one == "\n" for one in text)
    tree = ast.parse(text)
    assert not [one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and one.attr == "abort"]
    assert not [one for one in ast.walk(tree) if isinstance(one, ast.Raise) and ast.unparse(one) == "raise 1"]
    assert "coding" not in "".join(text.splitlines()[:2])
    assert where == "failed code" or all(sign not in text for sign in NEVER)


def test_variables_of_a_failed_step_and_tools_of_the_users_own_are_told(tmp_path: Path) -> None:
    text, notes = script(
        session(
            tmp_path,
            step(1, "price = 4\nclick('Nothing')", error="no", text="another"),
            step(2, "click('x')", error="no", text="yet another"),
            step(3, "print(price, my_tool())"),
            final(4),
        )
    )
    said = "\n".join(notes)
    assert "the code uses price, which step 1 set before it failed: define it" in said
    assert "the code uses my_tool, which nothing here defines: define it" in said
    assert "step 2 failed and is left out, yet it had changed the page before it failed" in said
    assert "# the code uses price" in text


def test_what_was_not_on_the_page_is_told(tmp_path: Path) -> None:
    _, notes = script(session(tmp_path, final(1), answer="Linen Lamp, 99.00 EUR"))
    assert [note for note in notes if note.endswith("so not looked for: 99.00")]
    text, notes = script(session(tmp_path, final(1), answer="none of it"))
    assert "nothing of the answer stood on the recorded last page" in "\n".join(notes)
    assert 'LAST_PAGE = ("/lamp", "Lamp")' in text
    compile(text, "script", "exec")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda folder: session(folder), "holds no steps"),
        (lambda folder: session(folder, step(1, "x", error="no")), "no step of the session went well"),
        (lambda folder: session(folder, step(1, "x"), outcome="max_steps", answer=None), r"no answer \(max_steps\)"),
        (lambda folder: session(folder, step(1, "this is no python"), final(2)), "code of step 1 is no Python"),
        (lambda folder: session(folder, step(1, "return\x00"), final(2)), "code of step 1 is no Python"),
        (lambda folder: session(folder, step(1, "def f():\n  nonlocal x"), final(2)), "no script can be made"),
        (
            lambda folder: session(folder, step(1, "1" + "+1" * 2500), final(2)),
            "code of step 1 is nested too deep to be",
        ),
        (
            lambda folder: session(folder, step(1, f"f{'()' * 900}"), final(2)),
            "code of step 1 is nested too deep to be",
        ),
        (
            lambda folder: session(folder, step(1, f"{'-' * 50_000}1"), final(2)),
            "code of step 1 is nested too deep to be",
        ),
    ],
)
def test_what_makes_no_script_is_said(tmp_path: Path, made: Callable[[Path], Session], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        script(made(tmp_path))
    assert "\n" not in str(caught.value)


def test_every_browsing_tool_is_known() -> None:
    tools = browsing_tools(None)  # type: ignore[arg-type]
    assert {tool.name: type(tool).__name__ for tool in tools} == TOOLS


# Run


def run_it(text: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    file = folder / "exported.py"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", str(file)], capture_output=True, text=True, timeout=90, cwd=folder, check=False
    )


LAMP = "<title>Lamp</title><h1>Linen Lamp</h1><p id=price>24.50 EUR</p>" + "<p>more</p>" * 90


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = "<title>Shop</title><p>Welcome</p><a href=/lamp>Lamps</a><input placeholder=Search>"
    with Site({"/": home, "/lamp": LAMP}) as site:
        yield site


def lamp_session(folder: Path, site: Site, last: str) -> Session:
    seen = {"url": f"{site.url}/lamp", "title": "Lamp", "text": "Linen Lamp\n24.50 EUR"}
    return session(
        folder,
        step(1, "write('lamp', into='Search')\nprint('not for stdout')\nclick('Lamps')", **seen),
        step(2, "scroll_down(10)\nprice = find_all(S('#price'))[0].web_element.text", **seen),
        step(3, last, final=True, **seen),
        url=site.url + "/",
    )


@pytest.mark.slow
def test_a_script_prints_the_answer_and_fails_on_a_changed_page(tmp_path: Path, site: Site) -> None:
    computed = "try:\n    final_answer(f'The Linen Lamp costs {price}')\nexcept Exception:\n    pass"
    done = run_it(script(lamp_session(tmp_path, site, computed))[0], tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "The Linen Lamp costs 24.50 EUR\n", "")
    text, _ = script(lamp_session(tmp_path, site, "print(final_answer('The Linen Lamp costs 24.50 EUR'))"))
    site.pages["/lamp"] = LAMP.replace("24.50", "124.50")
    done = run_it(text, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "the answer does not stand on the last page any more: missing '24.50 EUR'\n"
    site.pages["/lamp"] = "<title>Lamp</title>"
    done = run_it(text, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "step 2 failed: IndexError: list index out of range\n"
    site.pages["/lamp"] = LAMP


def test_a_script_ends_with_a_sentence_where_the_site_is_gone(tmp_path: Path) -> None:
    with Site({}) as gone:
        at = gone.url + "/"
    text, _ = script(session(tmp_path, step(1, "click('x')"), final(2), url=at))
    done = run_it(text, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("the script failed: WebDriverException: Message: unknown error: net::ERR")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_script_of_the_shop_answers_alone_and_notices_another_price(tmp_path: Path) -> None:
    recorded = read_session(SESSION)
    changes: list[tuple[bytes, bytes]] = []
    with Shop() as shop, Site({}) as front:

        def page(path: str) -> Callable[[str], tuple[int, dict[str, str], bytes]]:
            def get(query: str) -> tuple[int, dict[str, str], bytes]:
                asked = Request(f"{shop.url.rstrip('/')}{path}" + (f"?{query}" if query else ""))  # noqa: S310
                with urlopen(asked) as reply:  # noqa: S310 - the shop on loopback
                    data = reply.read()
                    for before, after in changes:
                        data = data.replace(before, after)
                    return 200, {"Content-Type": reply.headers["Content-Type"]}, data

            return get

        class Front(dict[str, object]):
            def get(self, path: str, _: object = None) -> object:  # type: ignore[override]
                return page(path)

        front.pages = Front()  # type: ignore[assignment]
        settings = Settings(session_dir=tmp_path, allow_host=LOOPBACK)
        with WebAgent(ReplayModel(recorded), settings=settings) as agent:
            result = agent.run(Task(text=recorded.info.task, url=front.url + "/"))
        assert result.outcome == "answered", result.reason
        assert result.session is not None
        text, _ = script(read_session(result.session))
        done = run_it(text, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"{result.answer}\n", "")
        changes.append(("€68.00".encode(), "€75.00".encode()))
        changes.append((b"\\u20ac68.00", b"\\u20ac75.00"))
        done = run_it(text, tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "the answer does not stand on the last page any more: missing '€68.00'\n"
