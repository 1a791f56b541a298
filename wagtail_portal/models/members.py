"""People of the customers: a user in an organization, with a role."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.context import MEMBERS_SHOWN, Person
from wagtail_portal.utils.users import is_erased

from .organizations import Organization
from .roles import MembersAccess, Role, TicketScope


class MemberQuerySet(models.QuerySet):
    def with_access(self):
        """Members whose role lets them into the portal."""
        # Visitors never have any, whatever became of their role.
        customers = models.Q(organization__key=None)
        return self.filter(customers).exclude(role__tickets=TicketScope.NONE)

    def of_user(self, user):
        """The memberships of a signed-in user that give access: the one chosen last comes first,
        then the one used last."""
        return (
            self.with_access()
            .filter(user=user)
            .select_related("organization", "role", "user__portal_profile")
            .order_by(
                models.F("chosen_at").desc(nulls_last=True),
                models.F("last_seen_at").desc(nulls_last=True),
                "id",
            )
        )

    def admins(self):
        """Those who may do everything in their organization, and can."""
        return self.filter(
            user__is_active=True,
            role__tickets=TicketScope.ORGANIZATION,
            role__can_edit_tickets=True,
            role__members=MembersAccess.MANAGE,
        )

    def managers(self):
        """Those who let others in, and can."""
        can = {"user__is_active": True, "role__members": MembersAccess.MANAGE}
        return self.with_access().filter(**can)

    def visible_to(self, member):
        """Members that ``member`` may know of: everybody of the organization for roles that
        see members, and oneself."""
        if not member.role.gives_access:
            return self.none()
        own = self.filter(organization_id=member.organization_id)
        return own if member.role.sees_members else own.filter(pk=member.pk)

    def to_choose(self, organization, asker=None):
        """Members of an organization that can be the value of a field: those with access, and
        for a customer those that ``asker`` may know of."""
        known = self if asker is None else self.visible_to(asker)
        return known.with_access().filter(organization=organization).select_related("user")

    def who_read(self, organization, *, private: bool, participants):
        """Those who may read a ticket of ``organization``: what ``visible_to`` of tickets says,
        from the other side.

        :param participants: primary keys of the requester and the followers.
        """
        seen = models.Q(pk__in=participants)
        if not private:
            seen |= models.Q(role__tickets=TicketScope.ORGANIZATION)
        found = self.with_access().filter(seen, organization=organization, user__is_active=True)
        return found.select_related("user").order_by("pk")

    def with_addresses(self, addresses):
        """Members with one of these lower-case addresses, however the site's own user management
        writes them."""
        field = get_user_model().get_email_field_name()
        return self.annotate(address=Lower(f"user__{field}")).filter(address__in=addresses)

    def finder(self):
        """These members as forms ask for them: ``find_members`` of a ``FormContext``. The whole
        list is loaded once, and answers for single ones too where all are in it."""
        everybody: list[Person] | None = None
        known: dict[int, Person] = {}

        def find(ids=None) -> list[Person]:
            nonlocal everybody
            if everybody is None:
                everybody = _people(self.order_by("pk")[: MEMBERS_SHOWN + 1])
                known.update((person.pk, person) for person in everybody)
            if ids is None:
                return everybody
            missing = set(ids) - known.keys()
            if missing and len(everybody) > MEMBERS_SHOWN:
                known.update((person.pk, person) for person in _people(self.filter(pk__in=missing)))
            return [known[pk] for pk in ids if pk in known]

        return find


def _people(members) -> list[Person]:
    return [Person(member.pk, member.name, member.email) for member in members]


def member_names(ids) -> dict[int, str]:
    """Names of members by primary key; those who are gone are missing."""
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
    #: What a member without access could do before.
    former_role = models.ForeignKey(
        Role, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    #: When the person last chose this one of several memberships.
    chosen_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: When the member last said that everything is read.
    all_read_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["organization", "id"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="portal_member_once"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        """How the member is called: the full name, else the part of the address before the @."""
        if is_erased(self.user):
            return gettext("Former member")
        return self.user.get_full_name().strip() or self.email.partition("@")[0]

    # What Wagtail's listings call it.
    name.fget.short_description = _("name")

    @property
    def is_visitor(self) -> bool:
        """Whether the person is known by a proven address alone, and has no access."""
        return self.organization.is_for_visitors

    @property
    def read_until(self):
        """Nothing from before this moment is new to the member."""
        return self.all_read_at or self.joined_at

    @property
    def email(self) -> str:
        """The member's address."""
        return getattr(self.user, self.user.get_email_field_name())
