"""A recipe on a few well-chosen rows, shown side by side, with a forecast for all of them."""
