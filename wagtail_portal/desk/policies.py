"""What the Wagtail admin may show and do: the team's permissions on each model, and the rows that
someone may see."""

from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_portal.models import (
    Member,
    Notification,
    Organization,
    ReceivedEmail,
    Role,
    Ticket,
)
from wagtail_portal.permissions import (
    Actor,
    emails_for_team,
    members_for_team,
    organizations_for_team,
    tickets_for_team,
)


class RowPolicy(ModelPermissionPolicy):
    """The team's permissions on a model, limited to the rows that a user may see.

    Wagtail's generic views don't check each row; those in :mod:`wagtail_portal.desk` do.
    """

    def rows_for(self, user):
        """Return the rows that ``user`` may see."""
        raise NotImplementedError

    def instances_user_has_any_permission_for(self, user, actions):
        """Return the rows that ``user`` may see, if they have any of the permissions at all."""
        allowed = self.user_has_any_permission(user, actions)
        return self.rows_for(user) if allowed else self.model._default_manager.none()

    def user_has_any_permission_for_instance(self, user, actions, instance):
        """Return whether the user has any of the permissions, and may see the row."""
        return self.user_has_any_permission(user, actions) and (
            self.rows_for(user).filter(pk=instance.pk).exists()
        )

    def user_has_permission_for_instance(self, user, action, instance):
        """Return whether the user has the permission, and may see the row."""
        return self.user_has_any_permission_for_instance(user, [action], instance)


class TicketPolicy(RowPolicy):
    """The team's permissions on tickets."""

    def rows_for(self, user):
        return tickets_for_team(user)


class EmailPolicy(RowPolicy):
    """The team's permissions on emails: to view and to retry them. No one can add, change or delete
    one, whatever their permissions."""

    ACTIONS = {"view", "retry"}

    def rows_for(self, user):
        return emails_for_team(user)

    def user_has_any_permission(self, user, actions):
        """Return whether the user may do one of ``actions`` to emails."""
        return super().user_has_any_permission(user, self.ACTIONS & set(actions))

    def user_has_permission(self, user, action):
        """Return whether the user may do this to emails."""
        return action in self.ACTIONS and super().user_has_permission(user, action)


class ReceivedEmailPolicy(EmailPolicy):
    """The team's permissions on received emails: to view them and to decide about them."""

    ACTIONS = {"view", "decide"}

    def rows_for(self, user):
        return emails_for_team(user, received=True)


class RolePolicy(ModelPermissionPolicy):
    """The team's permissions on roles. No one can change the built-in ones, because the code relies
    on them."""

    def user_has_permission_for_instance(self, user, action, instance):
        """Return whether the user has the permission; a built-in role can only be viewed."""
        if instance.locked and action != "view":
            return False
        return self.user_has_permission(user, action)


class OrganizationPolicy(RowPolicy):
    """The team's permissions on organizations. An agent whose groups are limited may know of more
    organizations than they may change."""

    def rows_for(self, user):
        """Return the organizations that ``user`` may know of."""
        return organizations_for_team(user)

    def organization_of(self, instance):
        """Return the organization that ``instance`` is or belongs to."""
        return instance

    def user_has_any_permission_for_instance(self, user, actions, instance):
        """Return whether the user has any of the permissions, and may see or change the row."""
        if not Actor.for_agent(user).acts_for(self.organization_of(instance)):
            actions = {"view"} & set(actions)
        return super().user_has_any_permission_for_instance(user, actions, instance)


class MemberPolicy(OrganizationPolicy):
    """The team's permissions on members."""

    def rows_for(self, user):
        """Return the members whom ``user`` may know of."""
        return members_for_team(user)

    def organization_of(self, instance):
        """Return the member's organization."""
        return instance.organization


#: The policies registered with Wagtail, by model. Other models have Wagtail's default policy.
POLICIES = {
    Ticket: TicketPolicy(Ticket),
    Organization: OrganizationPolicy(Organization),
    Member: MemberPolicy(Member),
    Role: RolePolicy(Role),
    Notification: EmailPolicy(Notification),
    ReceivedEmail: ReceivedEmailPolicy(ReceivedEmail),
}
