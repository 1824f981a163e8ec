"""The demo's task side by side: webagent, and the webagent that smolagents ships, with the same model.

    .venv/bin/python bench/shop_task.py

The model is a server on loopback that answers at once, from a list, so what is measured is the harness: seconds from
start to end, seconds a step, requests, characters and pictures sent. Each side gets the shortest replies that do the
task with its own tools; smolagents' `close_popups` only presses Escape, so its list has a click more.
Not part of the package, and never imported by it.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import helium
from rich.console import Console
from rich.table import Table
from selenium import webdriver
from servers import ScriptedModel
from smolagents import OpenAIModel, vision_web_browser

from webagent import Settings, WebAgent
from webagent.demo.shop import Shop

TASK = "Go to the men's section, get to the sale, and open the first item. What does it cost when shipped to France?"

OURS = [
    "close_popups()",
    'click(Link("Men"))',
    "click_at(793, 238)",
    "close_popups()",
    'click("Marin Merino Sweater")',
    'select("Ship to", "France")',
    'final_answer("€68.00")',
]


def action(code: str) -> str:
    return f"Thought: next.\n<code>\n{code}\n</code>"


def ours(url: str) -> tuple[ScriptedModel, float, int]:
    with ScriptedModel([action(code) for code in OURS]) as model, tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        settings = Settings(model="openai/x", api_base=model.api_base, api_key="none", session_dir=Path(folder))
        with WebAgent(settings=settings) as agent:
            result = agent.run(TASK, url=url)
        assert result.answer == "€68.00", result.reason
        return model, time.perf_counter() - began, len(result.steps)


def smolagents(url: str) -> tuple[ScriptedModel, float, int]:
    codes = [
        f"go_to({url!r})",
        'close_popups()\nclick("Refuse all")',
        'click(Link("Men"))',
        'click(Link("Sale"))',
        "close_popups()",
        'click("Marin Merino Sweater")',
        'select("Ship to", "France")',
        'final_answer("€68.00")',
    ]
    with ScriptedModel([action(code) for code in codes]) as model:
        began = time.perf_counter()
        options = webdriver.ChromeOptions()
        for flag in ("--force-device-scale-factor=1", "--window-size=1000,1350", "--headless=new", "--no-sandbox"):
            options.add_argument(flag)
        vision_web_browser.driver = helium.start_chrome(options=options)
        try:
            agent = vision_web_browser.initialize_agent(OpenAIModel("x", api_base=model.api_base, api_key="none"))
            agent.logger.level = -1
            agent.python_executor("from helium import *")
            answer = agent.run(TASK + vision_web_browser.helium_instructions)
        finally:
            helium.kill_browser()
        assert answer == "€68.00", answer
        return model, time.perf_counter() - began, len(codes)


def main() -> None:
    """Run both and print a table."""
    columns = ("seconds", "a step", "requests", "characters, first", "characters, all", "pictures", "their tokens")
    table = Table("", *columns)
    with Shop() as shop:
        for name, side in (("webagent", ours), ("smolagents webagent", smolagents)):
            model, seconds, steps = side(shop.url)
            pictures = [picture for request in model.requests for picture in request.pictures]
            tokens = sum(-(-picture.width // 28) * -(-picture.height // 28) for picture in pictures)
            table.add_row(
                name,
                f"{seconds:.1f}",
                f"{seconds / steps:.2f}",
                str(len(model.requests)),
                f"{len(model.requests[0].text):,}",
                f"{sum(len(request.text) for request in model.requests):,}",
                str(len(pictures)),
                f"{tokens:,}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
