from django.db import migrations
from django.utils import timezone

BATCH = 500


def copy_what_is_there(apps, schema_editor):
    """The first copy of every row that is older than its history, as it stands now."""
    now = timezone.now()
    for name in ("Customer", "Site", "Contact", "Asset"):
        model, copies = apps.get_model("contracts", name), apps.get_model("contracts", f"Historical{name}")
        rows = model.objects.order_by("pk").values().iterator(BATCH)
        first = (copies(history_date=now, history_type="~", **row) for row in rows)
        copies.objects.bulk_create(first, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0007_field_history"),
    ]

    operations = [
        migrations.RunPython(copy_what_is_there, migrations.RunPython.noop, elidable=True),
    ]
