"""What can be done, and what stays open on a locked ticket."""

from enum import StrEnum


class Verb(StrEnum):
    """What can be done, as the name of the permission that an agent needs for it."""

    VIEW = "wagtail_portal.view_ticket"
    OPEN = "wagtail_portal.add_ticket"
    CHANGE = "wagtail_portal.change_ticket"
    DELETE = "wagtail_portal.delete_ticket"
    REPLY = "wagtail_portal.reply_ticket"
    NOTE = "wagtail_portal.note_ticket"
    ASSIGN = "wagtail_portal.assign_ticket"
    MERGE = "wagtail_portal.merge_ticket"
    EXPORT = "wagtail_portal.export_ticket"
    REPORT = "wagtail_portal.report_ticket"
    VIEW_AS_MEMBER = "wagtail_portal.view_as_member"
    ADD_GROUP = "auth.add_group"
    LIMIT_GROUP = "auth.change_group"
    ADD_ORGANIZATION = "wagtail_portal.add_organization"
    CHANGE_ORGANIZATION = "wagtail_portal.change_organization"
    DELETE_ORGANIZATION = "wagtail_portal.delete_organization"
    VIEW_MEMBER = "wagtail_portal.view_member"
    ADD_MEMBER = "wagtail_portal.add_member"
    CHANGE_MEMBER = "wagtail_portal.change_member"
    VIEW_EMAIL = "wagtail_portal.view_notification"
    VIEW_RECEIVED_EMAIL = "wagtail_portal.view_receivedemail"
    DECIDE_EMAIL = "wagtail_portal.decide_receivedemail"
    RETRY_EMAIL = "wagtail_portal.retry_notification"
    DELETE_MEMBER = "wagtail_portal.delete_member"
    CHANGE_SETTINGS = "wagtail_portal.change_portalsettings"
    VIEW_SYSTEM_STATUS = "wagtail_portal.view_system_status"


#: What a customer's role can allow them to do to tickets. Everything else is left to the team.
CUSTOMER_VERBS = {Verb.VIEW, Verb.OPEN, Verb.REPLY, Verb.CHANGE}

#: The actions that stay open to agents after a ticket was merged into another one, and closed.
TEAM_ACTIONS_WHEN_MERGED = {
    *("add_note", "assign", "close_ticket", "delete_ticket", "link_tickets", "unlink_tickets"),
    "unshare_ticket",
}

#: The actions that stay open to customers after a ticket was locked, because none reopens it.
CUSTOMER_ACTIONS_WHEN_LOCKED = {
    *("close_ticket", "follow", "mute", "rate_ticket", "set_privacy", "unfollow", "unmute"),
    "unshare_ticket",
}
