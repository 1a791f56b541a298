"""A StreamField for forms, which leaves its blocks out of migrations."""

from wagtail.blocks.base import BlockField
from wagtail.fields import StreamField

from wagtail_portal.utils.strict import StrictBlockWidget

from .answer_keys import keep_keys


class KeyedBlockField(BlockField):
    """Keeps what typed answers stand for when the choices are renamed in the same step."""

    before = None

    def __init__(self, block=None, **kwargs):
        super().__init__(block, **{"widget": StrictBlockWidget(block), **kwargs})

    def get_bound_field(self, form, field_name):
        bound = super().get_bound_field(form, field_name)
        self.before = bound.initial
        return bound

    def clean(self, value):
        if self.before:
            keep_keys(value, self.before)
        return super().clean(value)

    def has_changed(self, initial_value, data_value):
        if initial_value and data_value:
            keep_keys(data_value, initial_value)
        return super().has_changed(initial_value, data_value)


class PortalStreamField(StreamField):
    """A StreamField whose migrations don't depend on the registered field types.

    Wagtail writes all blocks into migrations, so a site with its own field type would need a
    migration in *our* app. The downside is that historical models in data migrations have no
    blocks, and must use the raw JSON.
    """

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": KeyedBlockField, **kwargs})

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        # The default consists of the same blocks.
        kwargs.pop("default", None)
        return name, path, [[]], kwargs
