"""Where editors write their texts in the other languages of the site."""

from wagtail.admin.panels import FieldPanel

from wagtail_portal.fields.translations import content_languages


class TranslationsPanel(FieldPanel):
    """The texts of a row in other languages; not there on a site that has but one."""

    def __init__(self, field_name="translations", **kwargs):
        super().__init__(field_name, **kwargs)

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self):
            return len(content_languages()) > 1 and super().is_shown()
