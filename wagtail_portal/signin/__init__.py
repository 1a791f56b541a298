"""Sign-in. The only package that imports django-allauth."""
