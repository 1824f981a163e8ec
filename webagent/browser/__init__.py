"""The real browser: start, settle, see, judge, close."""
