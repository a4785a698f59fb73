"""A part of a name is found by an index: on PostgreSQL, which else reads every member of the union for it."""

from django.db import migrations

NAMES = ("last_name", "first_name")
CREATE = "CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON people_member USING gin (UPPER({column}) gin_trgm_ops)"


def build(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for column in NAMES:
        schema_editor.execute(CREATE.format(index=f"member_{column}_part", column=column))


def drop(apps, schema_editor):
    """The extension stays: another table may use it."""
    if schema_editor.connection.vendor == "postgresql":
        for column in NAMES:
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS member_{column}_part")


class Migration(migrations.Migration):
    atomic = False  # without a lock on the members while it is built

    dependencies = [("people", "0003_guided_at")]

    operations = [migrations.RunPython(build, drop, elidable=False)]
