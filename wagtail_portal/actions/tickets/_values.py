"""Values of ticket fields, checked before they are kept."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import FormContext
from wagtail_portal.fields.context import NO_FILES
from wagtail_portal.models import Attachment, Member, PortalSettings, TicketField


def clean_values(values: dict, *, by, organization, site, kept: dict | None = None) -> dict:
    """``values`` by field key, in the stored form of each field's type; files are still files.

    :param organization: whose members can be values.
    :param kept: the values that the ticket has, of which archived choices can stay.
    :raises Invalid: with ``field:<key>`` for each value that its field does not accept, a
        field that does not exist, and one that only the team sets.
    """
    if not values:
        return {}
    fields = {
        field.key: field
        for field in TicketField.objects.filter(key__in=values).prefetch_related("choices")
    }
    takes_files = any(field.field_type.is_file for field in fields.values())
    limits = PortalSettings.of_site(site).file_limits if takes_files else NO_FILES
    context = _context(by, organization, limits)
    cleaned, errors = {}, {}
    for key, stored in values.items():
        field = fields.get(key)
        if field is None or not (by.is_team or field.customers_may_set):
            errors[f"field:{key}"] = gettext("This field cannot be set.")
            continue
        old = (kept or {}).get(key)
        spec = field.field_type.prepare(
            field.spec().keeping(old), context, [] if old is None else [old]
        )
        form_field = field.field_type.form_field(spec)
        form_field.required = False
        try:
            value = form_field.clean(field.field_type.from_json(stored))
        except ValidationError as error:
            errors[f"field:{key}"] = error.messages
            continue
        cleaned[key] = field.field_type.to_json(value)
        if field.field_type.is_file and cleaned[key] is None:
            errors[f"field:{key}"] = gettext("The file is gone. Attach it again.")
    if errors:
        raise Invalid(errors)
    return cleaned


def _context(by, organization, limits) -> FormContext:
    """What types may ask when an action is at work: the same as in the forms before it."""

    def find_uploads(ids):
        return list(Attachment.objects.unsent_by(by.user).filter(pk__in=ids)) if by.user else []

    return FormContext(
        file_limits=limits,
        find_uploads=find_uploads,
        find_members=Member.objects.to_choose(organization, asker=by.member).finder(),
    )
