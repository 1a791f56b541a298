"""Records of signed-in devices are deleted once their sessions have ended."""


def test_records_of_ended_sessions_are_deleted(demo):
    code = """
    from datetime import timedelta
    from allauth.usersessions.models import UserSession
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone
    from wagtail_portal.signin.sessions import discard_devices

    user, store = get_user_model().objects.first(), SessionStore()
    store["signed in"] = True
    store.save()
    for key in ("ended", store.session_key):
        UserSession.objects.create(user=user, session_key=key, ip="192.0.2.1")
    long_ago = timezone.now() - timedelta(days=30)
    new = discard_devices(most=10)
    UserSession.objects.update(created_at=long_ago)
    old = discard_devices(most=10)
    rows = list(UserSession.objects.values_list("session_key", flat=True))
    answer = [new, old, rows == [store.session_key]]
    """
    assert demo.ask(code) == [0, 1, True]
