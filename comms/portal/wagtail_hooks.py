from wagtail import hooks

from comms.portal.staff import history

hooks.register("register_log_actions", history.register)
