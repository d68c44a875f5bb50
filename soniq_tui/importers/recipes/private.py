"""Keeps what pages lead to away from this machine and its network.

A name is looked up when it is checked and once more when it is connected to; whoever owns it can
answer differently the second time. So the addresses that are connected to are looked at as well.
"""

import errno
import ipaddress
import socket
from enum import IntEnum

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

_WRAPS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))
"""RFC 6052, 2765 and 4291: the last 32 bits are an address of IPv4."""
_OWN_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
"""RFC 8215: of a network, for itself."""
_OWN_NAMES = (".local", ".localhost", ".home.arpa", ".internal")
"""RFC 6762, 6761 and 8375, and kept free by ICANN: nobody has such a name on the internet."""


_HERE = (ipaddress.IPv6Address("::"), ipaddress.IPv6Address("::1"))
_METADATA = {"169.254.169.254", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200"}
"""Where rented machines ask for their own keys, at Amazon, Google, Alibaba and others."""


class Reach(IntEnum):
    """How near an address is."""

    INTERNET = 0
    NETWORK = 1
    """Of this network, or another one that is private."""
    HERE = 2
    """Of this machine or its link; no router lets it through."""
    METADATA = 3
    """What no page is at."""


class Guard(ThreadedResolver):
    """Keeps a page from leading nearer to this machine than it is itself, by whatever it names.

    A page of the internet leads to no address of this network. One of the network, whose host has a
    name or a number that only a network has, or private addresses alone, may name what it likes of
    it, but nothing that this machine alone reaches. A host that had no private address is not
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
        self._asked, self._least = asked, _told_reach(asked)
        known = _is_number(asked) or (outside and not self._least)
        self._reach: Reach | None = self._least if known else None
        self.outside = outside
        """The page's host had no private address."""

    async def _page_reach(self) -> Reach:
        """Return how near the page is; looked up where it is not known yet."""
        if self._reach is None:
            try:
                found = await super().resolve(self._asked, 0, socket.AF_UNSPEC)
            except OSError:  # a proxy knows it, which is not of this network
                found = []
            self._reach = self._note(found)
        return self._reach

    def _note(self, found: list[ResolveResult]) -> Reach:
        """Note where the page's host is, and return it; it never comes nearer than it was."""
        told = [reach_of(one["host"]) for one in found]
        if not self._least:
            self.outside |= bool(told) and not any(told)
        reach = max(self._least, min(told, default=Reach.INTERNET))
        self._reach = reach if self._reach is None else min(self._reach, reach)
        return self._reach

    async def refused(self, host: str) -> str:
        """Return why a host is not asked that is too near by its name or number alone."""
        reach = _told_reach(host)
        if host == self._asked or not reach or reach <= await self._page_reach():
            return ""
        return of_network(host, host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host, without those that are nearer than the page.

        Raises:
            OSError: there is none, or one is private and the page's is not, or was not before.
        """
        found = await super().resolve(host, port, family)
        private = _private_in(found)
        if host == self._asked:
            most = Reach.INTERNET if self.outside else Reach.METADATA
            self._note(found)
        else:
            trusted = not private or host in self._proxies
            most = Reach.METADATA if trusted else await self._page_reach()
        kept = [one for one in found if reach_of(one["host"]) <= most]
        if found and (not kept or (private and not most)):
            raise PermissionError(errno.EACCES, of_network(host, private))
        return kept


def _private_in(found: list[ResolveResult]) -> str:
    return next((one["host"] for one in found if is_private(one["host"])), "")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _told_reach(host: str) -> Reach:
    """Return how near a host is by its number, or by a name that no host of the internet has."""
    if _is_number(host):
        return reach_of(host)
    home = bool(host) and ("." not in host or host.endswith(_OWN_NAMES))
    return Reach.NETWORK if home else Reach.INTERNET


def of_network(host: str, address: str) -> str:
    """Return why a host is not asked."""
    return f"{host} is an address of a private network ({address})"


def is_private(address: str) -> bool:
    """Return whether an address is not one of the internet, whichever way it is wrapped."""
    return reach_of(address) > Reach.INTERNET


def reach_of(address: str) -> Reach:
    """Return how near an address is, whichever way it is wrapped."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _OWN_NAT64 or ip.is_site_local:
            return Reach.NETWORK
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip not in _HERE and any(ip in wrap for wrap in _WRAPS):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        ip = inner or ip
    if str(ip) in _METADATA:
        return Reach.METADATA
    if ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast:
        return Reach.HERE
    return Reach.INTERNET if ip.is_global else Reach.NETWORK
