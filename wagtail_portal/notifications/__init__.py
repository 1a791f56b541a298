"""Who is told what. Listens to the signals of actions; never called by them."""

from .receivers import connect

__all__ = ["connect"]
