"""How a form tells what an action refused."""

from django import forms

from portal.web.errors import DomainError


def show_error(form: forms.BaseForm, error: DomainError) -> None:
    """Put the error at the field it names, or above the form."""
    form.add_error(error.attr if error.attr in form.fields else None, error.message)
