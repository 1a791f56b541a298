"""The sign-in, and what is shown where the portal has nothing to show."""

from wagtail_portal.pages.ticket_form.form_block import embedded_form_context
from wagtail_portal.signin.forms import PortalLoginForm


def specimens(stage):
    entries = [{"label": "Subject", "value": "What was typed"}]
    invited = {"organization": stage.member.organization, "email": "you@sample.invalid"}
    code = {"email": "you@sample.invalid", "can_resend": True}
    mistake = {"form": {"errors": True, "code": {"errors": ["This code is not right."]}}}
    provider = [{"name": "Sample company", "url": "#"}]
    form = stage.home.ticket_forms(stage.member)[0]
    embedded = embedded_form_context(stage.request, form, None)
    return [
        ("Sign-in", stage.entrance("account_login"), "entrance"),
        ("A mistake", stage.entrance("account_login", {"login": "no address"}), "entrance"),
        (
            "Other ways",
            stage.page("account/login.html", form=PortalLoginForm(), issuers=provider),
            "entrance",
        ),
        ("The code", stage.page("account/confirm_login_code.html", **code), "entrance"),
        (
            "A wrong code",
            stage.page("account/confirm_login_code.html", **code, **mistake),
            "entrance",
        ),
        (
            "An invitation",
            stage.page("wagtail_portal/members/invitation.html", invitation=invited, can_join=True),
            "entrance",
        ),
        ("The name above", stage.atom("brand"), "entrance"),
        ("No access", stage.page("wagtail_portal/no_access.html"), "column"),
        (
            "A form that is gone",
            stage.page("wagtail_portal/ticket_form/closed.html", entries=entries, forms=[]),
            "column",
        ),
        ("A form with steps", stage.atom("step"), "column"),
        ("A form in another page", stage.atom("embed", **embedded), "column"),
        ("Footer", stage.atom("footer")),
    ]
