"""The form with which a customer replies."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions import preview
from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields.message_form import MessageForm
from wagtail_portal.pages.errors import add_to_form


class ReplyForm(MessageForm):
    """A customer's reply."""

    body_label = _("Your reply")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="id_%s", **kwargs)


def preview_of(form: ReplyForm, by) -> SafeString | None:
    """Return the text of the form as safe HTML; None and an error in the form if it's refused."""
    # A refused file doesn't prevent a preview, only an error in the text does.
    form.is_valid()
    body = form.cleaned_data.get("body")
    if body is None:
        return None
    try:
        return preview(by=by, body=body)
    except ActionError as error:
        add_to_form(form, error)
        return None
