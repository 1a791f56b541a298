"""Sign-in pages, and what people see when they have no access."""

from wagtail_portal.pages.errors import CSRF, TEXTS, Written
from wagtail_portal.pages.ticket_form.form_block import embedded_form_context
from wagtail_portal.portal_urls import SIGN_IN
from wagtail_portal.signin.forms import PortalLoginForm

ENTRANCE = "wagtail_portal/signin"


def _error() -> dict:
    heading, text = TEXTS[CSRF]
    files = [("attachments", "run.log")]
    written = Written("#", "", texts=["What the customer wrote"], files=files)
    return {"heading": heading, "text": text, "written": written}


def specimens(stage):
    entries = [{"label": "Subject", "value": "What the customer entered"}]
    invited = {"organization": stage.member.organization, "email": "you@sample.invalid"}
    code = {"email": "you@sample.invalid", "can_resend": True}
    mistake = {"form": {"errors": True, "code": {"errors": ["Enter the code from the email."]}}}
    provider = [{"name": "Sample company", "url": "#"}]
    code_page = f"{ENTRANCE}/confirm_login_code.html"
    form = stage.home.ticket_forms(stage.member)[0]
    embedded = embedded_form_context(stage.request, form, None)
    return [
        ("Sign-in", stage.entrance(SIGN_IN), "entrance"),
        (
            "An error",
            stage.entrance(SIGN_IN, {"login": "not an address"}),
            "entrance",
        ),
        (
            "Other sign-in methods",
            stage.page(
                "wagtail_portal/signin/login.html", form=PortalLoginForm(), issuers=provider
            ),
            "entrance",
        ),
        (
            "The code",
            stage.page(code_page, **code),
            "entrance",
        ),
        (
            "A wrong code",
            stage.page(code_page, **code, **mistake),
            "entrance",
        ),
        (
            "An invitation",
            stage.page("wagtail_portal/members/invitation.html", invitation=invited, can_join=True),
            "entrance",
        ),
        ("The portal’s name", stage.atom("brand"), "entrance"),
        ("An error page", stage.page("wagtail_portal/error.html", **_error()), "column"),
        ("No access", stage.page("wagtail_portal/no_access.html"), "column"),
        (
            "A form that was unpublished",
            stage.page("wagtail_portal/ticket_form/closed.html", entries=entries, forms=[]),
            "column",
        ),
        ("A form with steps", stage.atom("step"), "column"),
        ("A form embedded in another page", stage.atom("embed", **embedded), "column"),
        ("Footer", stage.atom("footer")),
    ]
