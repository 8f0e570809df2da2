"""Options of those who run a server for others."""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable
from typing import Any

import click

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class _Proxy(click.ParamType):
    """An address, or a network."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return str(ipaddress.ip_network(value)) if "/" in value else str(ipaddress.ip_address(value))
        except ValueError:
            self.fail(f"{value!r} is no address: write 192.0.2.7, or 10.0.0.0/8 for a network.", param, ctx)


class _HostName(click.ParamType):
    """A host name without a port."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _NAME.fullmatch(value):
            self.fail(f"{value!r} is no host name: write atlas.example.org, without a scheme or a port.", param, ctx)
        return value.lower()


_OPTIONS = (
    click.option(
        "--rate",
        type=click.FloatRange(0, 1_000_000, min_open=True),
        metavar="N",
        show_default="any number",
        help="Let each caller ask N times a second, of each worker, and answer 429 to more.",
    ),
    click.option(
        "--burst",
        type=click.IntRange(1, 10_000_000),
        metavar="N",
        show_default="five seconds' worth",
        help="With --rate: let so many come at once.",
    ),
    click.option(
        "--log",
        metavar="FILE",
        show_default="none",
        help="Write a JSON line on each request, nothing of who asked or of which model; - prints them.",
    ),
    click.option("--metrics", is_flag=True, help="Tell figures at /metrics, for Prometheus."),
    click.option(
        "--proxy",
        "proxies",
        type=_Proxy(),
        multiple=True,
        metavar="ADDRESS",
        show_default="this machine",
        help="Believe a proxy there, or in that network, whom it asks for. May be repeated.",
    ),
    click.option(
        "--name",
        "names",
        type=_HostName(),
        multiple=True,
        metavar="HOST",
        help="Answer to this host name, by which a proxy is reached. May be repeated.",
    ),
)


def operating_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of those who run a server, as one argument `operating`."""

    @functools.wraps(function)
    def gathered(*args: Any, **given: Any) -> Any:
        from filiation.server.operating import Operating

        names = ("rate", "burst", "log", "metrics", "proxies", "names")
        told = {name: given.pop(name) for name in names}
        if told["burst"] is not None and told["rate"] is None:
            raise click.UsageError("--burst says how many may come at once beside --rate: give both.")
        return function(*args, **given, operating=Operating(**{name: value for name, value in told.items() if value}))

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered
