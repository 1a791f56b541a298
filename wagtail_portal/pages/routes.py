"""URLs below the portal home, and their views.

A view is called as ``view(request, page, *arguments)``, where ``page`` is the portal home. A site
adds, replaces and removes routes in its own home page class; see "Use your own page models" in the
documentation.
"""

from django.urls import path

from . import file_views, home_views, view_as_views
from .account import address_views, notification_views, profile_views
from .guests import views as shared_views
from .members import bulk_views, invitation_views
from .members import export as member_export
from .members import views as member_views
from .ticket import edit_views, follow_up, follower_views, guest_views
from .ticket import views as ticket_views
from .ticket_form import anonymous_views
from .ticket_list import saved_filters
from .ticket_list import views as list_views

portal_routes = [
    # The ticket list
    path("", list_views.ticket_list, name="portal_tickets"),
    path("filters/", saved_filters.saved_filters, name="portal_filters"),
    path("filters/<int:pk>/", saved_filters.saved_filter, name="portal_filter"),
    path("export/<slug:kind>/", list_views.export_tickets, name="portal_export"),
    path("read/", ticket_views.mark_all_tickets_read, name="portal_read_all"),
    # A ticket
    path("tickets/<int:number>/", ticket_views.ticket, name="portal_ticket"),
    path("tickets/<int:number>/reply/", ticket_views.reply_to_ticket, name="portal_reply"),
    path("tickets/<int:number>/edit/", edit_views.edit_message, name="portal_ticket_edit"),
    path("tickets/<int:number>/read/", ticket_views.mark_ticket_read, name="portal_read"),
    path(
        "tickets/<int:number>/fields/",
        ticket_views.change_ticket_fields,
        name="portal_ticket_fields",
    ),
    path("tickets/<int:number>/close/", ticket_views.close_ticket, name="portal_ticket_close"),
    path("tickets/<int:number>/reopen/", ticket_views.reopen_ticket, name="portal_ticket_reopen"),
    path(
        "tickets/<int:number>/privacy/",
        ticket_views.set_ticket_privacy,
        name="portal_ticket_privacy",
    ),
    path(
        "tickets/<int:number>/following/",
        ticket_views.set_ticket_following,
        name="portal_ticket_following",
    ),
    path("tickets/<int:number>/rating/", ticket_views.rate_ticket, name="portal_ticket_rating"),
    path(
        "tickets/<int:number>/follow-up/",
        follow_up.follow_up,
        name="portal_ticket_follow_up",
    ),
    path(
        "tickets/<int:number>/followers/",
        follower_views.ticket_followers,
        name="portal_ticket_followers",
    ),
    path("tickets/<int:number>/guests/", guest_views.ticket_guests, name="portal_ticket_guests"),
    # A ticket that was shared with a guest
    path("shared/<int:number>/", shared_views.shared_ticket, name="portal_shared"),
    path(
        "shared/<int:number>/reply/",
        shared_views.reply_to_shared_ticket,
        name="portal_shared_reply",
    ),
    path(
        "shared/<int:number>/leave/", shared_views.leave_shared_ticket, name="portal_shared_leave"
    ),
    path(
        "shared/<int:number>/accept/",
        shared_views.accept_shared_ticket,
        name="portal_shared_accept",
    ),
    path(
        "shared/<int:number>/files/<uuid:pk>/",
        shared_views.shared_file,
        name="portal_shared_file",
    ),
    path(
        "shared/<int:number>/files/<uuid:pk>/small/",
        shared_views.shared_thumbnail,
        name="portal_shared_thumbnail",
    ),
    # New tickets
    path("new/", home_views.choose_form, name="portal_new"),
    path("requests/<uuid:pk>/", anonymous_views.visitor_request, name="portal_request"),
    # Attachments
    path("files/<uuid:pk>/", file_views.file, name="portal_file"),
    path("files/<uuid:pk>/small/", file_views.thumbnail, name="portal_thumbnail"),
    path("uploads/", file_views.upload, name="portal_upload"),
    # Members
    path("members/", member_views.members, name="portal_members"),
    path("members/invite/", member_views.invite, name="portal_invite"),
    path("members/bulk/", bulk_views.change_members, name="portal_members_bulk"),
    path("members/export/<slug:kind>/", member_export.export_members, name="portal_members_export"),
    path("members/<int:pk>/", member_views.change_member, name="portal_member"),
    path(
        "members/invitations/<int:pk>/",
        member_views.change_invitation,
        name="portal_invitation_change",
    ),
    path(
        "members/requests/<int:pk>/", member_views.decide_join_request, name="portal_join_request"
    ),
    path("members/history/", member_views.members_history, name="portal_members_history"),
    path("invitation/", invitation_views.invitation, name="portal_invitation"),
    # One's own account
    path("organization/", home_views.organization, name="portal_organization"),
    path("profile/", profile_views.profile, name="portal_profile"),
    path("profile/name/", profile_views.own_name, name="portal_own_name"),
    path("profile/addresses/", address_views.addresses, name="portal_addresses"),
    path("profile/sign-out/", profile_views.sign_out_elsewhere, name="portal_sign_out_elsewhere"),
    path("profile/data/", profile_views.own_data, name="portal_own_data"),
    path(
        "notifications/", notification_views.notification_preferences, name="portal_notifications"
    ),
    # View as member, for agents
    path("view-as/", view_as_views.view_as, name="portal_view_as"),
    path("view-as/end/", view_as_views.end_view_as, name="portal_view_as_end"),
]
