"""How people sign in. The only package that knows django-allauth."""
