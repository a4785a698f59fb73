"""Turning a `Document` into mail, text and print. Pure: no database, no settings, no clock, no network."""
