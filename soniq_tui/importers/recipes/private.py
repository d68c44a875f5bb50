"""Keeps what others have fetched away from this machine and its network.

A name is looked up when it is checked and once more when it is connected to; whoever owns it can
answer differently the second time. So the addresses that are connected to are looked at as well.
"""

import asyncio
import errno
import ipaddress
import socket

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an address of IPv4."""


class PublicResolver(ThreadedResolver):
    """Finds public addresses alone."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises:
            OSError: there is none, or one of them is private.
        """
        found = await super().resolve(host, port, family)
        if private := _private_in(found):
            raise PermissionError(errno.EACCES, _of_network(host, private))
        return found


class Guard(ThreadedResolver):
    """Keeps a page of the internet from leading into this machine's network, by whatever it names.

    A page that is of that network itself may name what it likes.

    Args:
        asked: the host of the page that all is for; its own address is never refused.
        proxies: hosts that are connected to in place of others.
    """

    def __init__(self, asked: str, proxies: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._proxies = proxies
        self.lead(asked)

    def lead(self, asked: str) -> None:
        """Let another page be what all is for."""
        self._asked = asked
        self._home: bool | None = True if _is_private_number(asked) else None

    async def _at_home(self) -> bool:
        """Return whether the page is of this network; looked up where it is not known yet."""
        if self._home is None:
            try:
                found = await super().resolve(self._asked) if self._asked else []
            except OSError:  # a proxy knows it, which is not of this network
                found = []
            self._home = _private_in(found) != ""
        return self._home

    async def refused(self, host: str) -> str:
        """Return why a host that is a number is not asked; nothing for all others."""
        if host == self._asked or not _is_private_number(host) or await self._at_home():
            return ""
        return _of_network(host, host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises:
            OSError: there is none, or one is private and the page's is not.
        """
        found = await super().resolve(host, port, family)
        private = _private_in(found)
        if host == self._asked:
            self._home = private != ""
        elif private and host not in self._proxies and not await self._at_home():
            raise PermissionError(errno.EACCES, _of_network(host, private))
        return found


def _private_in(found: list[ResolveResult]) -> str:
    return next((one["host"] for one in found if is_private(one["host"])), "")


def _is_private_number(host: str) -> bool:
    try:
        return is_private(host)
    except ValueError:  # a name
        return False


def _of_network(host: str, address: str) -> str:
    return f"{host} is an address of a private network ({address})"


def is_private(address: str) -> bool:
    """Return whether an address is not one of the internet, whichever way it is wrapped."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            ip = inner
    return not ip.is_global or ip.is_multicast


async def private_of(host: str) -> str:
    """Return the first private address of a host, or nothing.

    Raises:
        OSError: it has no address.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return next((a for entry in found if is_private(a := str(entry[4][0]))), "")
