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

_WRAPS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))
"""RFC 6052, 2765 and 4291: the last 32 bits are an address of IPv4."""
_OWN_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
"""RFC 8215: of a network, for itself."""
_OWN_NAMES = (".local", ".localhost", ".home.arpa", ".internal")
"""RFC 6762, 6761 and 8375, and kept free by ICANN: nobody has such a name on the internet."""


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
            raise PermissionError(errno.EACCES, of_network(host, private))
        return found


class Guard(ThreadedResolver):
    """Keeps a page of the internet from leading into this machine's network, by whatever it names.

    A page that is of that network itself may name what it likes: one whose host has a name or a
    number that only such a network has, or private addresses alone. A host that had none is not
    connected to when it has some all at once: whoever owns its name would lead it here.

    Args:
        asked: the host of the page that all is for, which may be of this network.
        proxies: hosts that are connected to in place of others.
        outside: the page's host is known to have no private address.
    """

    def __init__(
        self, asked: str, proxies: frozenset[str] = frozenset(), *, outside: bool = False
    ) -> None:
        super().__init__()
        self._proxies = proxies
        self.lead(asked, outside=outside)

    def lead(self, asked: str, *, outside: bool = False) -> None:
        """Let another page be what all is for."""
        self._asked = asked
        self._home: bool | None = True if _is_of_home(asked) else False if outside else None
        self.outside = outside
        """The page's host had no private address."""

    async def _at_home(self) -> bool:
        """Return whether the page is of this network; looked up where it is not known yet."""
        if self._home is None:
            try:
                found = await super().resolve(self._asked, 0, socket.AF_UNSPEC)
            except OSError:  # a proxy knows it, which is not of this network
                found = []
            self._note(found)
        return self._home is True

    def _note(self, found: list[ResolveResult]) -> None:
        """Note where the page's host is; once it was not of this network it stays so."""
        private = [is_private(one["host"]) for one in found]
        if not _is_of_home(self._asked):
            self.outside |= bool(private) and not any(private)
            self._home = self._home is not False and bool(private) and all(private)

    async def refused(self, host: str) -> str:
        """Return why a host is not asked that is of this network by its name or number alone."""
        if host == self._asked or not _is_of_home(host) or await self._at_home():
            return ""
        return of_network(host, host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises:
            OSError: there is none, or one is private and the page's is not, or was not before.
        """
        found = await super().resolve(host, port, family)
        private = _private_in(found)
        if host == self._asked:
            refused = private and self.outside
            self._note(found)
        else:
            refused = private and host not in self._proxies and not await self._at_home()
        if refused:
            raise PermissionError(errno.EACCES, of_network(host, private))
        return found


def _private_in(found: list[ResolveResult]) -> str:
    return next((one["host"] for one in found if is_private(one["host"])), "")


def _is_of_home(host: str) -> bool:
    """Return whether a host has a number or a name that no host of the internet has."""
    try:
        return is_private(host)
    except ValueError:  # a name
        return bool(host) and ("." not in host or host.endswith(_OWN_NAMES))


def of_network(host: str, address: str) -> str:
    """Return why a host is not asked."""
    return f"{host} is an address of a private network ({address})"


def is_private(address: str) -> bool:
    """Return whether an address is not one of the internet, whichever way it is wrapped."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _OWN_NAT64 or ip.is_site_local:
            return True
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and any(ip in wrap for wrap in _WRAPS):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        ip = inner or ip
    return not ip.is_global or ip.is_multicast


async def private_of(host: str) -> str:
    """Return the first private address of a host, or nothing.

    Raises:
        OSError: it has no address.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return next((a for entry in found if is_private(a := str(entry[4][0]))), "")
