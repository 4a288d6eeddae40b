"""Numbers in addresses: `/work-orders/WO-12/` names the row with the key 12."""

from django.urls import register_converter


class NumberConverter:
    """`WO-12` in the address, 12 in the view; reversed from either. Keys end where a database's integers end."""

    prefix = ""
    regex = ""

    def to_python(self, value: str) -> int:
        return int(value.removeprefix(self.prefix))

    def to_url(self, value: str | int) -> str:
        return f"{self.prefix}{value}" if isinstance(value, int) else value


def register_number(name: str, prefix: str) -> None:
    """Make `<name:pk>` match numbers with that prefix, such as "WO-"."""
    values = {"prefix": prefix, "regex": f"{prefix}[1-9][0-9]{{0,17}}"}
    register_converter(type(f"{name.title()}Converter", (NumberConverter,), values), name)
