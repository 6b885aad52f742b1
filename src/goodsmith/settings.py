"""Every setting: type, unit, default, help. Read once at start.

Order: flag > environment > goodsmith.toml > default.
"""
