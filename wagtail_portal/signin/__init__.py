"""How people get in. The only place that knows django-allauth."""
