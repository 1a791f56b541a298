"""What a member has answered so far is kept, or thrown away."""

from django.utils import timezone

from wagtail_portal.exceptions import NotAllowed
from wagtail_portal.models import FormDraft
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup


def save_form_draft(form, *, by, data: dict[str, list[str]]) -> None:
    """Keep ``data``, lists of texts by field name, as the member's draft of the form page.

    :raises NotAllowed: for everybody who cannot open tickets as a customer.
    """
    by.require(Verb.OPEN)
    if by.member is None:
        raise NotAllowed(Verb.OPEN)
    cleaned = {name: [markup.clean(value) for value in values] for name, values in data.items()}
    FormDraft.objects.update_or_create(
        member=by.member, form_id=form.pk, defaults={"data": cleaned, "updated_at": timezone.now()}
    )


def discard_form_draft(form, *, by) -> None:
    """Throw the member's draft of the form page away, because it was sent or given up."""
    FormDraft.objects.filter(member=by.member, form_id=form.pk).delete()
