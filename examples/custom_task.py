"""A task of your own: a tool that it needs, and a check on the form of its answer.

The tool is a function of this program and runs in it; the model's code calls it from the worker. An answer that the
check does not accept goes back to the model, with the sentence that the check returns.

    export WEBAGENT_MODEL=openai/gpt-4o WEBAGENT_API_KEY=sk-...   # WEBAGENT_API_BASE for a server of your own
    python examples/custom_task.py "the Marin sweater" https://shop.example.com
"""

import re
import sys

from smolagents import tool

from webagent import Task, WebAgent

CHF_FOR_ONE = {"USD": 0.88, "EUR": 0.96, "GBP": 1.12, "JPY": 0.0058}


@tool
def to_swiss_francs(amount: float, currency: str) -> float:
    """Converts a price to Swiss francs.

    Args:
        amount: the price.
        currency: what it is in: USD, EUR, GBP or JPY.
    """
    if currency not in CHF_FOR_ONE:
        raise ValueError(f"there is no rate for {currency}: give one of {', '.join(CHF_FOR_ONE)}")
    return round(amount * CHF_FOR_ONE[currency], 2)


def is_a_price_in_francs(answer: object) -> bool | str:
    """Accept `CHF 65.28`, and say of anything else how to write it."""
    return bool(re.fullmatch(r"CHF \d+\.\d\d", str(answer))) or "write the price alone, as CHF 12.50"


def main(thing: str, url: str) -> int:
    """Ask what `thing` costs in the shop at `url`, print the price, and return an exit code."""
    task = Task(
        text=f"What does {thing} cost in this shop, in Swiss francs? Answer with the price alone, as CHF 12.50.",
        url=url,
        tools=[to_swiss_francs],
        checks=[is_a_price_in_francs],
    )
    with WebAgent(max_steps=15) as agent:
        result = agent.run(task)
    if result.outcome == "answered":
        print(result.answer)
        return 0
    print(result.reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
