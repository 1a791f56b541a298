"""The preview of a description, while a form is filled in."""

from contextlib import suppress

from django.shortcuts import render

from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields.files import FilesField
from wagtail_portal.fields.questions import split_into_steps
from wagtail_portal.pages.forms import error_message

from .wizard import Wizard, build_from


def serve_preview(request, page, draft):
    """Return the preview on its own, or the form with it for browsers without scripts.

    :param draft: a :class:`~.form_views.MemberDraft` or :class:`~.anonymous.AnonymousRequest`.
    """
    html, errors = "", []
    try:
        html = draft.preview(request.POST.get("description", ""))
    except ActionError as error:
        errors = [error_message(error)]
    if request.POST["preview"] == "part":
        context = {"preview": html, "errors": errors}
        return render(request, "wagtail_portal/includes/preview.html", context)
    if len(split_into_steps(page.items)) > 1:
        return Wizard(page, request, draft).show_preview(html, errors)
    form = draft.build(request.POST, request.FILES)
    data = kept_data(draft, form)
    shown = build_from(draft, data, {})
    shown.previewed, shown.preview_errors = html, errors
    return page.render_form(request, shown)


def kept_data(draft, form) -> dict[str, list[str]]:
    """Return what was sent, after saving its files: they can't be sent back to the browser."""
    form.is_valid()
    with suppress(ActionError):
        draft.save_files(form)
    data = dict(form.data.lists())
    for name, field in form.fields.items():
        if isinstance(field, FilesField):
            data[f"{name}-kept"] = field.kept_values
    return data
