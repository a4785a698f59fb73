"""Wagtail's screens for the library."""
