"""Copy a form in the Wagtail admin, with a slug that is free."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from wagtail.admin.forms.pages import CopyForm
from wagtail.coreutils import find_available_slug

from wagtail_portal.pages.routing import is_reserved


def reserved_slug_message() -> str:
    """Return the error for a slug that the portal needs."""
    return gettext("The portal uses this slug itself. Choose another one.")


class CopyFormPageForm(CopyForm):
    """Wagtail's form, which suggests a free slug and refuses those that the portal needs."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        free = find_available_slug(self.page.get_parent(), self.page.slug)
        self.fields["new_slug"].initial = free

    def clean_new_slug(self):
        slug = self.cleaned_data["new_slug"]
        if is_reserved(slug):
            raise ValidationError(reserved_slug_message())
        return slug
