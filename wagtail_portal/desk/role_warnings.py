"""Warnings where a role is set that gives no access to the portal."""

from django import forms
from django.utils.translation import gettext, ngettext
from wagtail.admin import messages
from wagtail.admin.panels import Panel

from wagtail_portal.models import Member, Role


class RoleSelect(forms.Select):
    """A choice of roles that says which of them give no access."""

    def create_option(self, name, value, label, *args, **kwargs):
        role = getattr(value, "instance", None)
        if role is not None and not role.gives_access:
            label = gettext("%(role)s (doesn’t give access)") % {"role": label}
        return super().create_option(name, value, label, *args, **kwargs)


class NoAccessPanel(Panel):
    """A warning while the object has a role that gives no access.

    :param role: the name of the attribute with the role; "" for a role itself.
    :param text: the warning.
    """

    def __init__(self, role="", text="", **kwargs):
        super().__init__(**kwargs)
        self.role, self.text = role, text

    def clone_kwargs(self):
        """Return the arguments for a copy of this panel."""
        return {**super().clone_kwargs(), "role": self.role, "text": self.text}

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/desk/no_access_warning.html"

        def is_shown(self):
            instance = self.instance
            if not self.panel.role:
                return bool(instance.pk) and not instance.gives_access
            # The form may have been sent without a required role.
            role_id = getattr(instance, f"{self.panel.role}_id", None)
            return role_id is not None and not getattr(instance, self.panel.role).gives_access

        @property
        def text(self) -> str:
            """The warning."""
            return self.panel.text


def warn_of_role(request, role: Role) -> None:
    """Show a warning that members with ``role`` have no access, if that's so."""
    if role.gives_access:
        return
    count = Member.objects.filter(role=role).count()
    text = gettext("The role “%(role)s” doesn’t give access to the portal.") % {"role": role}
    if count:
        has_it = ngettext(
            "%(count)d member has it and can’t sign in.",
            "%(count)d members have it and can’t sign in.",
            count,
        )
        text = f"{text} {has_it % {'count': count}}"
    messages.warning(request, text)


def warn_of_default_role(request, role: Role | None) -> None:
    """Show a warning that new members get ``role``, if it gives no access."""
    if role is None or role.gives_access:
        return
    text = gettext(
        "New members won’t have access to the portal, because their role will be “%(role)s”."
    )
    messages.warning(request, text % {"role": role})


def warn_of_member(request, member: Member) -> None:
    """Show a warning that ``member`` has no access, if their role gives none."""
    if member.role.gives_access:
        return
    text = gettext("%(name)s has no access to the portal, because of the role “%(role)s”.")
    messages.warning(request, text % {"name": member.name, "role": member.role})
