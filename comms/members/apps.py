from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "comms.members"
    label = "members"
