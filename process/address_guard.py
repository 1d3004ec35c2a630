"""The guard of addresses: which ones a request to a URL that somebody else chose may connect to.

Without it whoever names a URL could reach what only this machine and its network can: databases, metadata services.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out for the internet (RFC 4291, section 2.4)."""
NAT64: Final = IPv6Network("64:ff9b::/96")
"""Addresses of IPv4 in the last 32 bits, to which a gateway translates (RFC 6052)."""


@dataclass(frozen=True)
class AddressGuard:
    """Permits public addresses, and those of networks that the operator allows."""

    allowed_networks: tuple[Network, ...] = ()

    @classmethod
    def from_texts(cls, networks: Iterable[str]) -> Self:
        """The guard that allows these networks, such as 10.1.0.0/16.

        Raises:
            ValueError: one of them is no network.
        """
        return cls(tuple(ip_network(network.strip()) for network in networks if network.strip()))

    def permits(self, address: str) -> bool:
        """Whether a request may connect to an address; what is no IP address is refused."""
        try:
            given = ip_address(address)
        except ValueError:
            return False
        reached = find_reached(given)
        return is_public(reached) or any(
            either in network for network in self.allowed_networks for either in (given, reached)
        )


def find_reached(address: Address) -> Address:
    """The address that is reached in the end: of IPv4 for one of IPv6 that stands for it.

    These are mapped addresses (RFC 4291), 6to4 (RFC 3056) and NAT64 (RFC 6052).
    """
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_public(address: Address) -> bool:
    """Whether an address is one of a single host on the internet."""
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
