"""Actions on organizations, members, invitations and user accounts."""
