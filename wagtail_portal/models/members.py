"""Members of organizations."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.context import MEMBERS_SHOWN, Person
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.text import clean_line
from wagtail_portal.utils.typing import User
from wagtail_portal.utils.users import full_name, is_erased

from .organizations import Organization
from .roles import MembersAccess, Role, TicketScope


def _age(moment: datetime | None) -> float:
    """Return what sorts the latest first, and those without a time last."""
    return 0 if moment is None else -moment.timestamp()


class MemberQuerySet(models.QuerySet):
    def with_access(self) -> Self:
        """Return members whose role gives access to the portal."""
        # Visitors never have access, even if their role has been changed.
        customers = models.Q(organization__key=None)
        return self.filter(customers).exclude(role__tickets=TicketScope.NONE)

    def admins(self) -> Self:
        """Return active users with every permission in their organization."""
        return self.filter(
            user__is_active=True,
            role__tickets=TicketScope.ORGANIZATION,
            role__can_edit_tickets=True,
            role__members=MembersAccess.MANAGE,
        )

    def managers(self) -> Self:
        """Return active users who manage the members of their organization."""
        return self.with_access().filter(user__is_active=True, role__members=MembersAccess.MANAGE)

    def visible_to(self, member: "Member | Reader") -> Self:
        """Return the members whom ``member`` can see: their organization's, or only themselves."""
        if not member.role.gives_access:
            return self.none()
        own = self.filter(organization_id=member.organization_id)
        return own if member.role.sees_members else own.filter(pk=member.pk)

    def to_choose(self, organization: Any, asker: Any = None) -> Self:
        """Return the members of an organization who can be the value of a field.

        :param asker: the member who chooses, and sees only those visible to them; None for agents.
        """
        visible = self if asker is None else self.visible_to(asker)
        return visible.with_access().filter(organization=organization).select_related("user")

    def readers(self, organization: Any, *, private: bool, participants: Any) -> Self:
        """Return the members who can see a ticket, by the rule of ``Ticket.objects.visible_to``.

        :param participants: primary keys of the requester and the followers.
        """
        seen = models.Q(pk__in=participants)
        if not private:
            seen |= models.Q(role__tickets=TicketScope.ORGANIZATION)
        found = self.with_access().filter(seen, organization=organization, user__is_active=True)
        return found.select_related("user").order_by("pk")

    def with_addresses(self, addresses: Iterable[str]) -> Self:
        """Return members with one of these lower-case email addresses, ignoring case."""
        field = get_user_model().get_email_field_name()
        return self.annotate(address=Lower(f"user__{field}")).filter(address__in=addresses)


def member_finder(
    organization_id: int | None, asker: "Member | None" = None
) -> Callable[..., list[Person]]:
    """Return ``find_members`` for a ``FormContext``: it finds those of
    :meth:`MemberQuerySet.to_choose`, and loads their list once."""
    loaded: list[Person] | None = None
    known: dict[int, Person] = {}

    def find(ids: Any = None) -> list[Person]:
        nonlocal loaded
        reader = asker and asker.reader
        if loaded is None:
            loaded = _people(_first_to_choose(organization_id, reader, range(MEMBERS_SHOWN + 1)))
            known.update((person.pk, person) for person in loaded)
        if ids is None:
            return loaded
        missing = set(ids) - known.keys()
        if missing and len(loaded) > MEMBERS_SHOWN:
            others = Member.objects.to_choose(organization_id, reader).filter(pk__in=missing)
            known.update((person.pk, person) for person in _people(others))
        return [known[pk] for pk in ids if pk in known]

    return find


@prepared
def _first_to_choose(organization: int | None, reader: "Reader | None", places: range) -> Any:
    found = Member.objects.to_choose(organization, reader).order_by("pk")
    return found[places.start : places.stop]


def _people(members: Any) -> list[Person]:
    return [Person(member.pk, member.name, member.email) for member in members]


class ReaderRole(NamedTuple):
    """The role of a :class:`Reader`."""

    tickets: TicketScope
    members: MembersAccess

    @property
    def gives_access(self) -> bool:
        """As of a role."""
        return self.tickets != TicketScope.NONE

    @property
    def sees_members(self) -> bool:
        """As of a role."""
        return self.gives_access and self.members != MembersAccess.NONE


class Reader(NamedTuple):
    """A member, as far as it decides which tickets and members they can see, and what's new to
    them. Prepared queries take it instead of the member."""

    pk: int
    user_id: Any
    organization_id: int
    role: ReaderRole
    site_of_tickets: int | None
    read_until: int


def memberships_of(user: User, organization: Organization | None = None) -> list["Member"]:
    """Return a user's memberships that give access, in an organization or in all of them: the last
    chosen one, then the last used."""
    found = [
        row
        for row in _memberships(user.pk)
        if organization is None or row.organization_id == organization.pk
    ]
    return sorted(found, key=lambda row: (_age(row.chosen_at), _age(row.last_seen_at), row.pk))


@prepared
def _memberships(user_pk: Any) -> Any:
    found = Member.objects.with_access().filter(user=user_pk).order_by()
    return found.select_related("organization", "role", "user__portal_profile")


def deciding(memberships: Iterable["Member"]) -> list["Member"]:
    """Return the memberships that decide which agents may change the people. That among the
    visitors counts only if it's a person's only one: customers get it with a shared ticket."""
    rows = list(memberships)
    customers = {row.user_id for row in rows if not row.is_visitor}
    return [row for row in rows if not row.is_visitor or row.user_id not in customers]


def member_names(ids: Any) -> dict[int, str]:
    """Return the names of members by primary key, without deleted ones."""
    found = Member.objects.filter(pk__in=ids).select_related("user")
    return {member.pk: member.name for member in found}


class Member(models.Model):
    """One user in one organization, with one role."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="portal_memberships",
        verbose_name=_("user"),
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="members",
        verbose_name=_("organization"),
    )
    role = models.ForeignKey(
        Role, on_delete=models.PROTECT, related_name="+", verbose_name=_("role")
    )
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now, editable=False)
    activated_at = models.DateTimeField(
        _("first signed in at"), null=True, blank=True, editable=False
    )
    last_seen_at = models.DateTimeField(_("last active at"), null=True, blank=True, editable=False)
    #: The role before access was removed.
    former_role = models.ForeignKey(
        Role, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    #: When the user last switched to this membership.
    chosen_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: The primary key of the newest message when they joined. It and older ones count as read.
    read_until = models.PositiveBigIntegerField(editable=False)

    #: What the team notes about the person. Customers never see it.
    notes = models.TextField(_("notes"), blank=True, default="", editable=False)
    #: Values of member fields by the field's key, in the stored form of the field's type.
    values = models.JSONField(default=dict, blank=True, editable=False)

    #: The primary key of the site whose tickets the member sees, in a request to its portal; None
    #: for those of all sites.
    site_of_tickets: int | None = None

    objects = MemberQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["organization", "id"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="portal_member_once"),
        ]
        # Which roles an organization uses, and how many members have each of them.
        indexes = [models.Index(fields=["organization", "role"], name="portal_member_role")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.read_until is None:
            messages = self._meta.apps.get_model("wagtail_portal", "Message").objects
            self.read_until = messages.aggregate(newest=models.Max("pk"))["newest"] or 0
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """The full name, or else the part of the email address before the @."""
        if is_erased(self.user):
            return gettext("Former member")
        return full_name(self.user) or self.email.partition("@")[0]

    # The heading in Wagtail's listings.
    name.fget.short_description = _("name")  # type: ignore[attr-defined]

    @property
    def short_name(self) -> str:
        """The name that the user model considers short, usually the first, or else the whole
        name."""
        if is_erased(self.user):
            return self.name
        get_short_name = getattr(self.user, "get_short_name", lambda: "")
        return clean_line(get_short_name() or "") or self.name

    @property
    def reader(self) -> Reader:
        """The member, for queries that are prepared."""
        role = ReaderRole(TicketScope(self.role.tickets), MembersAccess(self.role.members))
        return Reader(
            self.pk,
            self.user_id,
            self.organization_id,
            role,
            self.site_of_tickets,
            self.read_until,
        )

    @property
    def is_visitor(self) -> bool:
        """Whether the member has only verified an email address, and has no access."""
        return self.organization.is_for_visitors

    @property
    def is_last_admin(self) -> bool:
        """Whether no one else in the organization has every permission. One query."""
        if not self.role.is_admin:
            return False
        others = Member.objects.admins().filter(organization=self.organization_id)
        return not others.exclude(pk=self.pk).exists()

    @property
    def email(self) -> str:
        """The member's email address."""
        return getattr(self.user, self.user.get_email_field_name())
