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
        for one in found:
            if is_private(one["host"]):
                words = f"{host} is an address of a private network ({one['host']})"
                raise PermissionError(errno.EACCES, words)
        return found


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
