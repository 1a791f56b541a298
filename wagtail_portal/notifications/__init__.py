"""Notifications by email. They listen to the signals of actions, which never call them."""

from . import events
from .notify import notify_event, register_event
from .signal_receivers import connect

__all__ = ["connect", "events", "notify_event", "register_event"]
