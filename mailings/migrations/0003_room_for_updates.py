"""Room on each page of recipients for the three states a row goes through, so that no index is written again."""

from django.db import migrations


def fill(percent):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE mailings_recipient SET (fillfactor = {percent})")

    return run


class Migration(migrations.Migration):
    dependencies = [("mailings", "0002_translations_prints_letters")]

    operations = [migrations.RunPython(fill(50), fill(100))]
