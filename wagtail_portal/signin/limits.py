"""What a site allows another system that signs in its users, and what that system says of them."""

from dataclasses import dataclass, field

from wagtail_portal.utils.email_addresses import is_domain_in


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What another system may do. By default, it signs in those who can sign in with a code."""

    #: External IDs of the organizations whose members it may sign in; empty for all.
    organizations: tuple = ()
    #: Email domains of the users it may sign in; empty for all.
    domains: tuple = ()
    #: Whether unknown users become members of the organization that it names.
    new_members: bool = False
    #: Whether an organization that it names is created if it doesn't exist.
    new_organizations: bool = False
    #: Keys of the roles that it may give, and replace by one another.
    roles: tuple = ()

    def speaks_for(self, email: str) -> bool:
        """Return whether it may sign in users with this email address."""
        domain = email.rpartition("@")[2]
        return not self.domains or is_domain_in(domain, self.domains)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A user, as another system describes them."""

    #: Verified and normalized; empty for a linked identity without one.
    email: str = field(repr=False)
    name: str = field(default="", repr=False)
    #: The external ID of the organization to sign in to.
    organization: str = ""
    #: The name of the organization, if it's created.
    organization_name: str = ""
    #: The key of their role in it.
    role: str = ""
