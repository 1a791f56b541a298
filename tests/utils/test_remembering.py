"""Values that are read several times are loaded once, for a short time."""

from wagtail_portal.models import PortalSettings
from wagtail_portal.utils.remembering import forget, remembered, remembering


def test_each_value_is_loaded_once_until_the_end():
    loads = iter(range(10))
    with remembering():
        assert [remembered("a", lambda: next(loads)) for _time in range(3)] == [0, 0, 0]
        assert remembered("b", lambda: next(loads)) == 1
        with remembering():
            assert remembered("a", lambda: next(loads)) == 2
        assert remembered("a", lambda: next(loads)) == 0
        forget()
        assert remembered("a", lambda: next(loads)) == 3
    assert [remembered("a", lambda: next(loads)) for _time in range(2)] == [4, 5]


def test_changed_settings_are_read_again(home, django_assert_num_queries):
    site = home.get_site()
    with remembering():
        PortalSettings.cached(site)
        with django_assert_num_queries(0):
            assert PortalSettings.cached(site).team_address == ""
        portal = PortalSettings.for_site(site)
        portal.team_address = "team@company.example"
        portal.save()
        assert PortalSettings.cached(site).team_address == "team@company.example"
