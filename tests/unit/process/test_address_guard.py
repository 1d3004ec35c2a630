"""Addresses that a request to a URL of somebody else may connect to."""

import pytest

from process.address_guard import AddressGuard

PUBLIC = [
    "93.184.215.14",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "::ffff:93.184.215.14",  # the same by IPv6
    "64:ff9b::5db8:d70e",  # by NAT64
    "2002:5db8:d70e::1",  # by 6to4
]
INTERNAL = {
    "loopback": ["127.0.0.1", "127.8.8.8", "::1"],
    "unspecified": ["0.0.0.0", "::"],
    "private": ["10.0.0.1", "172.16.0.1", "192.168.1.1", "fc00::1", "fd12:3456::1", "fec0::1"],
    "link-local": ["169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "shared": ["100.64.0.1"],
    "benchmarks": ["198.18.0.1"],
    "documentation": ["192.0.2.1", "2001:db8::1"],
    "multicast": ["224.0.0.1", "ff02::1", "239.255.255.250"],
    "reserved": ["240.0.0.1", "255.255.255.255"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"],
    "compatible": ["::127.0.0.1", "::10.0.0.1"],
    "6to4": ["2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::e000:1", "64:ff9b:1::a00:1"],
    "Teredo": ["2001:0:53aa:64c:0:0:80ff:fffe"],
    "no address": ["localhost", "", "127.1", "2130706433", "0x7f000001"],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_permitted(address):
    assert AddressGuard().permits(address)


@pytest.mark.parametrize("address", [address for addresses in INTERNAL.values() for address in addresses])
def test_all_others_are_refused(address):
    assert not AddressGuard().permits(address)


def test_networks_that_the_operator_allows_are_permitted_in_every_notation():
    guard = AddressGuard.from_texts(["10.1.0.0/16", "fd00:1::/32", ""])

    assert all(map(guard.permits, ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00:1::5", "93.184.215.14"]))
    assert not any(map(guard.permits, ["10.2.0.1", "::ffff:10.2.0.1", "fd00:2::1", "127.0.0.1"]))


def test_a_text_that_is_no_network_is_refused():
    with pytest.raises(ValueError, match=r"10\.1\.0\.7/16"):
        AddressGuard.from_texts(["10.1.0.7/16"])
