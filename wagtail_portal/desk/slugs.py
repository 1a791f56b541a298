"""Keys that follow from the name once, when something is made, and never change again."""

from wagtail.admin.forms import WagtailAdminModelForm

from wagtail_portal.models.ticket_fields import unique_slug


class KeyFromNameForm(WagtailAdminModelForm):
    """Gives a new object a unique ``key`` made of its ``name``."""

    def save(self, commit=True):
        instance = self.instance
        if not instance.key:
            others = type(instance).objects.filter
            instance.key = unique_slug(
                instance.name,
                lambda slug: others(key=slug).exists(),
                instance._meta.model_name,
            )
        return super().save(commit)
