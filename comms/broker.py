"""The embedded broker of the first run."""

from kombu.transport.filesystem import Transport

__all__ = ["Transport"]
