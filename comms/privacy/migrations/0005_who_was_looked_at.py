"""“Who looked at me” in the time of an index: PostgreSQL finds a member's id among those of ten million rows."""

from django.db import migrations


def on_postgresql(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("privacy", "0004_access_log")]

    operations = [
        migrations.RunPython(
            on_postgresql("CREATE INDEX access_log_members ON privacy_accesslog USING gin (members jsonb_path_ops)"),
            on_postgresql("DROP INDEX access_log_members"),
        )
    ]
