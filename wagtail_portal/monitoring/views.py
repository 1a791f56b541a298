"""The health endpoints. Anyone may ask them, so they don't say more than whether it works."""

from typing import Any

from django.http import HttpResponse, JsonResponse

from wagtail_portal.health import ESSENTIAL, WORK, check_health

from .access import has_token, monitoring_view, sees_details


@monitoring_view
def live(request):
    """Answer that the process can handle requests."""
    return HttpResponse("ok", content_type="text/plain")


@monitoring_view
def ready(request):
    """Answer whether the process can serve pages."""
    return _answer(request, ESSENTIAL)


@monitoring_view
def work(request):
    """Answer whether everything else works, and nothing is overdue."""
    return _answer(request, WORK)


def _answer(request, keys) -> JsonResponse:
    readings = check_health(keys)
    is_ok = all(reading.is_ok for reading in readings)
    data: dict[str, Any] = {"status": "ok" if is_ok else "failing"}
    has_database = all(reading.is_ok for reading in readings if reading.key == "database")
    if sees_details(request) if has_database else has_token(request):
        data["checks"] = [
            {
                "key": reading.key,
                "ok": reading.is_ok,
                "detail": reading.detail,
                "count": reading.count,
                "age": reading.age and reading.age.total_seconds(),
            }
            for reading in readings
        ]
    response = JsonResponse(data, status=200 if is_ok else 503)
    # Django would log an error for each time that it's asked.
    setattr(response, "_has_been_logged", True)  # noqa: B010 - Django gives it no type
    return response
