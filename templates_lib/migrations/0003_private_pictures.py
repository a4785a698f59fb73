from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('templates_lib', '0002_brands_below_and_gate'),
    ]

    operations = [
        migrations.AddField(
            model_name='picture',
            name='private',
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
