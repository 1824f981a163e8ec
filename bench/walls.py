"""What the walls cost: seconds until the demo shop's task has started, and of a step of it.

The model answers at once. Run it in two checkouts, one of them from before the walls, on an idle machine:

    git worktree add /tmp/before 1407f50
    for round in 1 2 3; do
      python bench/walls.py
      PYTHONPATH=/tmp/before:/tmp/before/tests python bench/walls.py
    done
"""

import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from servers import ScriptedModel, action
from shop_task import OURS

import webagent
from webagent import WebAgent
from webagent.demo.shop import Shop
from webagent.settings import Settings

RUNS = 7


def run(shop: Shop) -> tuple[float, list[float]]:
    """Return the seconds from nothing to the first request, and those of each step."""
    requests: list[float] = []

    def reply(code: str) -> object:
        def answer(_: object) -> str:
            requests.append(time.perf_counter())
            return action(code)

        return answer

    with ScriptedModel([reply(code) for code in OURS]) as model, tempfile.TemporaryDirectory() as folder:  # type: ignore[misc]
        settings = Settings(model="openai/x", api_base=model.api_base, api_key="none", session_dir=Path(folder))
        began = time.perf_counter()
        with WebAgent(settings=settings) as agent:
            result = agent.run("The price of the sweater, shipped to France.", url=shop.url)
        assert result.answer == "€68.00", result.reason
    return requests[0] - began, [later - earlier for earlier, later in pairwise(requests)]


def main() -> None:
    """Run it some times and print medians."""
    with Shop() as shop:
        run(shop)  # the first reads everything from disk
        runs = [run(shop) for _ in range(RUNS)]
    starts, steps = [start for start, _ in runs], [step for _, steps in runs for step in steps]
    print(
        f"{Path(webagent.__file__).parent}: start {statistics.median(starts):.3f} s, "
        f"step {statistics.median(steps) * 1000:.0f} ms (medians of {len(starts)} and {len(steps)})"
    )


if __name__ == "__main__":
    main()
