"""Typical user code, held to strict typing."""
