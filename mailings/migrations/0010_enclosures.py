import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mailings', '0009_draft_versions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Enclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=120)),
                ('content_type', models.CharField(max_length=120)),
                ('content', models.BinaryField()),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mailing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enclosures', to='mailings.mailing')),
            ],
        ),
        migrations.AddConstraint(
            model_name='enclosure',
            constraint=models.UniqueConstraint(fields=('mailing', 'n'), name='enclosure_once'),
        ),
    ]
