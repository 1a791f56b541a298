"""Notifications by email, written when actions send signals."""

from . import events
from .notify import notify_event, register_event
from .signal_receivers import connect
