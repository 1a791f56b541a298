"""Ask for a second factor, and say why a code from an authenticator app was refused."""

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from allauth.mfa.utils import decrypt
from django.contrib import messages
from django.utils.translation import gettext

from .allauth_internals import validate_totp_code
from .scope import is_active


class PortalAuthenticateView(AuthenticateView):
    """The page for the second factor."""

    template_name = "wagtail_portal/signin/authenticate.html"


authenticate = PortalAuthenticateView.as_view()


def on_authentication_failed(*, request, authenticator, **kwargs) -> None:
    """Tell someone who sends a code a second time to wait for the next one: allauth accepts each
    only once, and would only say that it's incorrect."""
    if not is_active():
        return
    code = request.POST.get("code", "")
    is_app = authenticator.type == Authenticator.Type.TOTP
    if is_app and validate_totp_code(decrypt(authenticator.data["secret"]), code):
        text = gettext("You’ve used this code already. Wait for the next code in your app.")
        messages.error(request, text)


def connect() -> None:
    """Explain refused codes from now on."""
    uid = "wagtail_portal.second_factor"
    authentication_failed.connect(on_authentication_failed, dispatch_uid=uid)
