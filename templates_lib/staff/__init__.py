"""Staff's screens for the print shop, on Wagtail's."""
