"""Seconds of a call."""

from collections.abc import Callable
from statistics import median
from time import perf_counter


def seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def median_seconds(call: Callable[[], object], *, times: int) -> float:
    return median(seconds(call) for _time in range(times))
