"""Practice: the whole way of an invitation, to invented members, out of which nothing leaves (docs/decisions/0010)."""
