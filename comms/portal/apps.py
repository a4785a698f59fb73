from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "comms.portal"
    label = "portal"
