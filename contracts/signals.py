"""How a contract tells the apps above it that its work may have changed."""

from django.dispatch import Signal

contract_changed = Signal()
"""Sent once at the end of every action on a contract, inside its transaction.

`sender` is `Contract`; arguments: `contract` (the row as it stands now), `now` (the action's aware
instant) and `by` (the User, or None for the settle task). Also sent after a plan or a calendar
changed the terms. A receiver that raises undoes the action.
"""
