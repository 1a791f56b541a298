"""A StreamField that leaves its blocks out of migrations."""

from wagtail.fields import StreamField


class PortalStreamField(StreamField):
    """A StreamField whose migrations don't depend on the registered field types.

    Wagtail writes all blocks into migrations, so a site with its own field type would need a
    migration in *our* app. The downside is that historical models in data migrations have no
    blocks, and must use the raw JSON.
    """

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        # The default consists of the same blocks.
        kwargs.pop("default", None)
        return name, path, [[]], kwargs
