from django.db import migrations, models
from django.db.models import Q


def forget(apps, schema_editor):
    """On the way back a practice would become a draft like any other."""
    apps.get_model("mailings", "Mailing")._default_manager.filter(practice=True).delete()
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while a check is due


class Migration(migrations.Migration):
    dependencies = [("mailings", "0012_saved_lists")]

    operations = [
        migrations.AddField("mailing", "practice", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("mailing", "practised_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "mailing",
            models.CheckConstraint(
                name="mailing_practice_stays_draft",
                condition=Q(practice=False, practised_at__isnull=True)
                | Q(practice=True, state="draft", confirmed_at__isnull=True, locked_count=0),
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget),
    ]
