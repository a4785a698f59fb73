from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "comms.privacy"
    label = "privacy"
