from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schedules", "0006_report_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name="changeevent",
            name="source",
            field=models.CharField(
                choices=[
                    ("page", "Reported by our staff"),
                    ("customer", "Reported by the customer"),
                    ("api", "API"),
                    ("measured", "Measured"),
                ],
                max_length=8,
            ),
        ),
    ]
