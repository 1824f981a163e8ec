"""Each example, run as a user runs it, on the demo shop."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from servers import ScriptedModel, action

from webagent.browser import Browser
from webagent.demo.shop import Shop

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SWEATER = "product/marin-merino-sweater"


def run(name: str, *args: str, model: ScriptedModel, folder: Path, shop: Shop) -> subprocess.CompletedProcess[str]:
    """Run an example in an empty folder, with the model and the shop's address as a user would give them."""
    environment = {
        **os.environ,
        "WEBAGENT_MODEL": "openai/scripted",
        "WEBAGENT_API_BASE": model.api_base,
        "WEBAGENT_API_KEY": "sk-example",
        "WEBAGENT_ALLOW_HOST": urlsplit(shop.url).netloc,
        "PYTHONWARNINGS": "error::ResourceWarning",
    }
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *args],
        capture_output=True, text=True, env=environment, cwd=folder, timeout=100, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_plain_smolagents(scripted: Callable[..., ScriptedModel], shop: Shop, tmp_path: Path) -> None:
    model = scripted(
        action("print(close_popups())"),
        action('click(Link("Men"))'),
        action('go_back()\nprint(search_item_ctrl_f("Grand Soir Coat"))'),
        action('final_answer(S("h1").web_element.text + " / " + Text("$320.00").value)'),
    )
    done = run("plain_smolagents.py", "What is new?", shop.url, model=model, folder=tmp_path, shop=shop)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("Dressed by\nmoonlight / $320.00")
    assert [len(request.pictures) for request in model.requests] == [0, 1, 1, 1]
    (picture,) = model.requests[1].pictures
    assert f"The picture is {picture.width}x{picture.height} pixels" in model.requests[0].text
    assert picture.width == 1120
    assert f"Maison Lune, {shop.url}men" in model.requests[2].text
    assert "Calling tools" not in model.requests[3].text
    assert model.requests[0].headers["Authorization"] == "Bearer sk-example"


@pytest.mark.slow
def test_custom_task(scripted: Callable[..., ScriptedModel], shop: Shop, tmp_path: Path) -> None:
    model = scripted(
        action(f'go_to("{shop.url}{SWEATER}")'),
        action('final_answer(to_swiss_francs(68, "euro"))'),
        action('final_answer(to_swiss_francs(68, "EUR"))'),
        action('final_answer(f"CHF {to_swiss_francs(68, "EUR"):.2f}")'.replace('"EUR"', "'EUR'")),
    )
    done = run("custom_task.py", "the Marin sweater", shop.url, model=model, folder=tmp_path, shop=shop)
    assert (done.returncode, done.stdout) == (0, "CHF 65.28\n"), done.stderr
    assert "def to_swiss_francs(amount: number, currency: string) -> number" in model.requests[0].text
    assert "there is no rate for euro: give one of USD, EUR, GBP, JPY" in model.requests[2].text
    assert "write the price alone, as CHF 12.50" in model.requests[3].text
    assert all(len(request.pictures) == 1 for request in model.requests)


@pytest.mark.slow
def test_pictures_with_the_task(
    scripted: Callable[..., ScriptedModel], shop: Shop, browser: Browser, tmp_path: Path
) -> None:
    browser.open(f"{shop.url}picture/{SWEATER.rpartition('/')[2]}.svg")
    browser.screenshot().crop((300, 200, 700, 600)).save(tmp_path / "like this.png")
    model = scripted(
        action(f'go_to("{shop.url}{SWEATER}")'),
        action('final_answer(S("h1").web_element.text)'),
    )
    done = run("pictures_with_the_task.py", shop.url, "like this.png", model=model, folder=tmp_path, shop=shop)
    assert (done.returncode, done.stdout) == (0, "Marin Merino Sweater\n"), done.stderr
    assert [[picture.size for picture in request.pictures] for request in model.requests] == [
        [(400, 400), (1120, 896)]
    ] * 2


def test_an_example_that_cannot_do_its_task_says_why(
    scripted: Callable[..., ScriptedModel], shop: Shop, tmp_path: Path
) -> None:
    model = scripted((401, "no such key"))
    done = run("custom_task.py", "a lamp", shop.url, model=model, folder=tmp_path, shop=shop)
    assert (done.returncode, done.stdout) == (1, "")
    assert "was refused (401)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_every_example_is_short_and_says_how_to_run_it_and_is_run_here(path: Path) -> None:
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"python examples/{path.name}" in done.stderr
    assert "Traceback" not in done.stderr
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 65
    assert f"python examples/{path.name}" in (ast.get_docstring(ast.parse(text)) or "")
    assert f'"{path.name}"' in Path(__file__).read_text(encoding="utf-8")
