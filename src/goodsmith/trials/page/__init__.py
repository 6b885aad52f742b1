"""A trial as one HTML page: no script, no network, readable on a phone and on paper."""

from goodsmith.trials.page.writing import trial_page

__all__ = ["trial_page"]
