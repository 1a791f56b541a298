"""A StreamField whose blocks stay out of migrations."""

from wagtail.fields import StreamField


class PortalStreamField(StreamField):
    """A StreamField that a registered field type does not change in the eyes of ``makemigrations``.

    Wagtail writes all blocks into the migration, so that a site which registers a field type
    would be asked for a migration of *our* app. The price: historical models in data migrations
    see no blocks and have to work on the raw JSON.
    """

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        # Made of the same blocks.
        kwargs.pop("default", None)
        return name, path, [[]], kwargs
