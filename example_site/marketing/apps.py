from django.apps import AppConfig


class MarketingConfig(AppConfig):
    name = "example_site.marketing"
    verbose_name = "Marketing pages"
    default_auto_field = "django.db.models.BigAutoField"
