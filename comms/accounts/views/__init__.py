"""What people meet about signing in and about themselves."""
