"""The demo's four accounts, one for each way of using the portal."""

PASSWORD = "demo"  # noqa: S105 - public, and only in a database that holds nothing but the demo
EMAILS = (
    "manager@demo.example",
    "dispatcher@demo.example",
    "technician@demo.example",
    "customer@demo.example",
)
