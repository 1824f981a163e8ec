"""The report: a session as one page that needs nothing beside it, neither files nor network."""

from webagent.session.report.write import render_report, write_report

__all__ = ["render_report", "write_report"]
