"""Roles of members."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .fields import LineField
from .translations import TranslatedTexts, TranslationsField


class TicketScope(models.TextChoices):
    """Which tickets a role can see."""

    NONE = "none", _("No tickets")
    OWN = "own", _("Own and followed tickets")
    ORGANIZATION = "organization", _("All tickets of the organization")


class MembersAccess(models.TextChoices):
    """What a role can do with the members of the organization."""

    NONE = "none", _("None")
    VIEW = "view", _("View")
    MANAGE = "manage", _("Manage")


def weakest_first(roles: Any) -> list["Role"]:
    """Return ``roles`` in the order of what they allow, those without access first."""
    return sorted(roles, key=lambda role: (role.levels, role.pk))


class Role(TranslatedTexts):
    """What a member can do. Built-in roles are locked; editors can add more."""

    ADMIN, MEMBER, NO_ACCESS = "admin", "member", "no-access"

    key = models.SlugField(_("key"), max_length=50, unique=True)
    name = LineField(_("name"), max_length=80)
    translations = TranslationsField(of=["name"])
    locked = models.BooleanField(_("built in"), default=False, editable=False)
    tickets = models.CharField(
        _("tickets"), max_length=20, choices=TicketScope, default=TicketScope.OWN
    )
    can_edit_tickets = models.BooleanField(
        _("can open and edit tickets"),
        default=True,
        help_text=_(
            "Can open tickets, reply, attach files and edit fields. Otherwise, tickets "
            "are read-only."
        ),
    )
    members = models.CharField(
        _("members"), max_length=10, choices=MembersAccess, default=MembersAccess.NONE
    )
    sort_order = models.PositiveIntegerField(default=100, editable=False)

    class Meta:
        ordering = ["sort_order", "name"]
        verbose_name = _("role")
        verbose_name_plural = _("roles")

    def __str__(self) -> str:
        return self.name

    @property
    def localized_name(self) -> str:
        """The name in the language of the reader."""
        return self.localized("name")

    @property
    def gives_access(self) -> bool:
        """Whether the role gives access to the portal."""
        return self.tickets != TicketScope.NONE

    @property
    def sees_members(self) -> bool:
        """Whether the role can see the other members of the organization."""
        return self.gives_access and self.members != MembersAccess.NONE

    @property
    def manages_members(self) -> bool:
        """Whether the role can give access to the organization and remove it."""
        return self.gives_access and self.members == MembersAccess.MANAGE

    @property
    def is_admin(self) -> bool:
        """Whether the role has every permission, whatever its name."""
        return self.levels == (len(TicketScope) - 1, True, len(MembersAccess) - 1)

    @property
    def levels(self) -> tuple[int, bool, int]:
        """How much the role allows, in each of its settings."""
        return (
            TicketScope.values.index(self.tickets),
            self.can_edit_tickets,
            MembersAccess.values.index(self.members),
        )

    def is_within(self, other: "Role") -> bool:
        """Return whether the role allows nothing that ``other`` doesn't allow."""
        if not self.gives_access:
            return True
        return all(mine <= theirs for mine, theirs in zip(self.levels, other.levels, strict=True))
