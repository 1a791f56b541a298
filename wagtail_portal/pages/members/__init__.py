"""The members tab: members, invitations, join requests and their history."""
