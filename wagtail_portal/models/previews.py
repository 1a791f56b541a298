"""Previews in the Wagtail admin that the packages above the models render."""

from typing import Any

from django.dispatch import Signal
from wagtail.models import PreviewableMixin

#: Sent with ``instance``, ``request`` and ``mode``; its one receiver returns the response.
preview_requested = Signal()


class PreviewedElsewhereMixin(PreviewableMixin):
    """Mix into a model whose preview needs the portal's pages or emails."""

    def serve_preview(self, request: Any, mode_name: Any) -> Any:
        """Return what the receiver of :data:`preview_requested` for this model renders."""
        answers = preview_requested.send(
            sender=type(self), instance=self, request=request, mode=mode_name
        )
        return answers[0][1]
