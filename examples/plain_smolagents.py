"""The vision web browser of smolagents' blog, on webagent's parts: plain smolagents, plain helium, plain selenium.

There is no `WebAgent` here and no worker: the model's code runs in this very process, with your files and keys in
reach. Use it to see how the parts fit together, or in a container; `WebAgent` keeps the code apart.

    export WEBAGENT_MODEL=openai/gpt-4o WEBAGENT_API_KEY=sk-...   # WEBAGENT_API_BASE for a server of your own
    python examples/plain_smolagents.py "Which article is the newest?" https://example.com [--headed]
"""

import os
import sys

import helium
from selenium import webdriver
from smolagents import CodeAgent

from webagent import load_settings
from webagent.callbacks import Screenshot, TidyMemory, TidyOutput
from webagent.model import load_model
from webagent.prompts import browsing_prompts
from webagent.tools import browsing_tools


def start_browser(*, headed: bool) -> webdriver.Chrome:
    """Start a Chrome or Chromium whose pictures have one pixel for each pixel of the page."""
    options = webdriver.ChromeOptions()
    options.add_argument("--force-device-scale-factor=1")
    options.add_argument("--window-size=1120,1039")
    options.unhandled_prompt_behavior = "ignore"  # a dialog stays open, for the model to answer
    if not headed:
        options.add_argument("--headless=new")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox does not start as root
    return webdriver.Chrome(options=options)


def main(task: str, url: str, *flags: str) -> None:
    """Do the task, beginning at `url`, and print the answer."""
    driver = start_browser(headed="--headed" in flags)
    helium.set_driver(driver)
    try:
        driver.get(url)
        size = driver.execute_script("return [innerWidth, innerHeight]")
        agent = CodeAgent(
            tools=browsing_tools(driver),
            model=load_model(load_settings()),  # any smolagents model will do
            prompt_templates=browsing_prompts(tuple(size)),
            additional_authorized_imports=["helium"],
            step_callbacks=[TidyOutput(), Screenshot(driver), TidyMemory()],
            max_steps=20,
        )
        agent.python_executor("from helium import *")
        print(agent.run(f"{task}\nThe browser shows {url} already."))
    finally:
        driver.quit()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
