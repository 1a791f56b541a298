"""Who will see a designated field, in words, beside its boxes."""

from django.forms import Media
from wagtail.admin.panels import Panel


class VisibilityPanel(Panel):
    """Follows the boxes of its row as they are ticked; the style sheet sees to that."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/editor/field_visibility.html"

        @property
        def media(self):
            return super().media + Media(css={"all": ["wagtail_portal/desk/desk.css"]})
