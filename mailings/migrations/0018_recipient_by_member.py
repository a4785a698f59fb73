"""One index fewer to write for each recipient: what keeps a member from getting a mailing twice also finds the mailings
of a member. Nothing waits while it is built: on PostgreSQL the new index grows beside the old ones.
"""

import django.db.models.deletion
from django.db import migrations, models

LEFT = [  # by a run that broke off
    "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
    "DROP INDEX IF EXISTS {name}",
]
BUILD = "CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns})"
ATTACH = "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"


class AddUniqueConcurrently(migrations.AddConstraint):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        meta = to_state.apps.get_model(app_label, self.model_name)._meta
        columns = ", ".join(meta.get_field(name).column for name in self.constraint.fields)
        said = {"name": self.constraint.name, "table": meta.db_table, "columns": columns}
        for left in LEFT:
            schema_editor.execute(left.format(**said))
        schema_editor.execute(BUILD.format(**said))
        schema_editor.execute(ATTACH.format(**said))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mailings", "0017_why_and_neutral")]

    operations = [
        AddUniqueConcurrently(
            model_name="recipient",
            constraint=models.UniqueConstraint(
                fields=("member", "mailing", "channel"), name="recipient_once_by_member"
            ),
        ),
        migrations.RemoveConstraint(model_name="recipient", name="recipient_once"),
        migrations.AlterField(
            model_name="recipient",
            name="member",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                to="people.member",
            ),
        ),
    ]  # fmt: skip
