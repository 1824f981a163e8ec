"""Pictures given once, with the task: "find what looks like this".

A picture of the task stands at the beginning of the model's memory and stays there, beside the latest screenshot. Give
a path or a PIL image; several are fine.

    export WEBAGENT_MODEL=openai/gpt-4o WEBAGENT_API_KEY=sk-...   # WEBAGENT_API_BASE for a server of your own
    python examples/pictures_with_the_task.py https://shop.example.com sweater.png
"""

import sys

from webagent import WebAgent


def main(url: str, *pictures: str) -> int:
    """Find in the shop at `url` what the pictures show, print its name and price, and return an exit code."""
    with WebAgent() as agent:
        result = agent.run(
            "Find the item in this shop that looks most like the picture. Answer with its name and its price.",
            url=url,
            images=pictures,
        )
    if result.outcome == "answered":
        print(result.answer)
        return 0
    print(result.reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
