"""A StreamField whose blocks stay out of migrations."""

from wagtail.fields import StreamField


class PortalStreamField(StreamField):
    """A StreamField that looks the same to ``makemigrations`` whatever field types are registered.

    Wagtail writes all blocks into migrations, so that a site with its own field type would be asked
    for a migration of *our* app. In return, historical models in data migrations see no blocks, and
    have to work on the raw JSON.
    """

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        # Made of the same blocks.
        kwargs.pop("default", None)
        return name, path, [[]], kwargs
