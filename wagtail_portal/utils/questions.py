"""Ask editors something before a page of the Wagtail admin goes on with what they sent."""

from django.shortcuts import render
from wagtail.admin.modal_workflow import render_modal_workflow

#: Comes with a form whose sender has seen the question.
ANSWERED = "wagtail-portal-answered"


def ask(request, *, title: str, texts: list[str], button: str, lead: str = "", **context):
    """Return a page that asks whether to go on, with all that was sent; None if that was answered.

    It's for hooks of Wagtail that come after the check of the CSRF token and of permissions.

    :param title: the question.
    :param texts: what will happen.
    :param button: the label of the button that sends the same once more.
    :param context: more for the template: ``subtitle``, ``serious``, ``back_url``, and
        ``save_button``, the label of a button that saves a draft instead.
    """
    if request.method != "POST" or ANSWERED in request.POST:
        return None
    inputs = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    context |= {"title": title, "texts": texts, "button": button, "lead": lead, "inputs": inputs}
    context |= {"answered": ANSWERED, "action": request.get_full_path()}
    if request.headers.get("x-requested-with") == "XMLHttpRequest":
        template = "wagtail_portal/editor/ask_modal.html"
        return render_modal_workflow(request, template, None, context, json_data={"step": "action"})
    return render(request, "wagtail_portal/editor/ask.html", context)
