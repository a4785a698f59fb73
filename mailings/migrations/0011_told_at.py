from django.db import migrations, models


def what_is_done_is_no_news(apps, schema_editor):
    """Nobody is told now about what was done before there were notices."""
    mailings = apps.get_model('mailings', 'Mailing')._base_manager
    mailings.filter(state='done').update(told_at=models.F('finished_at'))


class Migration(migrations.Migration):

    dependencies = [
        ('mailings', '0010_enclosures'),
    ]

    operations = [
        migrations.AddField(
            model_name='mailing',
            name='told_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='mailing',
            index=models.Index(condition=models.Q(('state', 'done'), ('told_at', None)), fields=['finished_at'], name='mailing_to_tell'),
        ),
        migrations.RunPython(what_is_done_is_no_news, migrations.RunPython.noop),
    ]
