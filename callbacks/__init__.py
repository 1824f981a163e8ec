"""What happens after each step. Each callback takes `(memory_step, agent)`, as smolagents calls them, and never raises.

In order: `TidyOutput` (shorten and fence what the action printed), `Screenshot` (settle, capture, say where the browser
is), `TidyMemory` (drop what is not worth sending again), `Record`, `KeepCookies`, `Progress`.
"""

from webagent.callbacks.cookies import KeepCookies
from webagent.callbacks.events import RunEvents
from webagent.callbacks.memory import TidyMemory
from webagent.callbacks.output import TidyOutput
from webagent.callbacks.progress import Progress
from webagent.callbacks.record import Record
from webagent.callbacks.screenshot import Screenshot

__all__ = ["KeepCookies", "Progress", "Record", "RunEvents", "Screenshot", "TidyMemory", "TidyOutput"]
