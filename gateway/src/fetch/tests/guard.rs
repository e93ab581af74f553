use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use crate::fetch::guard::{Reach, reach};

#[track_caller]
fn check(expected: Reach, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
    }
}

#[test]
fn addresses_of_the_internet_are_public_up_to_the_edges_of_what_is_not() {
    check(
        Reach::Public,
        &[
            "1.0.0.0",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2606:2800:220:1::1",
            "2a00::1",
            "3ffe::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ],
    );
}

#[test]
fn addresses_of_private_networks_and_of_this_machine_are_private() {
    check(
        Reach::Private,
        &[
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "::1",
            "fc00::1",
            "fdff::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::192.168.0.1",
        ],
    );
}

#[test]
fn metadata_link_local_multicast_reserved_and_tunnelled_addresses_are_never_asked() {
    check(
        Reach::Never,
        &[
            "0.0.0.0",
            "0.255.255.255",
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.255",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "2001:db8::1",
            "2001:2::1",
            "3fff::1",
            "100::1",
            "4000::1",
            "64:ff9b:1::1",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "::127.0.0.1",
            "::8.8.8.8",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2001:0:4136:e378:8000:63bf:80ff:fffe",
        ],
    );
}

/// Blocks of IPv4 that are not the internet's, as first address and length.
const BLOCKS: [(&str, u32); 16] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
    ("168.63.129.16", 32),
];

/// All ways in which an IPv4 address is written into one of IPv6.
fn embeddings(address: Ipv4Addr) -> [IpAddr; 6] {
    let bits = u128::from(address.to_bits());
    let v6 = |bits: u128| IpAddr::V6(Ipv6Addr::from_bits(bits));
    [
        address.into(),
        address.to_ipv6_mapped().into(),
        v6(bits),
        v6((0x64_ff9b << 96) | bits),
        v6((0x2002 << 112) | (bits << 80) | 1),
        // Teredo hides the client's address by inverting it.
        v6((0x2001 << 112) | u128::from(!address.to_bits())),
    ]
}

proptest! {
    #[test]
    fn no_address_outside_the_internet_passes_in_any_embedding(block in 0..BLOCKS.len(), host: u32) {
        let (start, length) = BLOCKS[block];
        let mask = u32::MAX.checked_shr(length).unwrap_or(0);
        let address = Ipv4Addr::from_bits(start.parse::<Ipv4Addr>().unwrap().to_bits() | (host & mask));
        for embedded in embeddings(address) {
            prop_assert_ne!(reach(embedded), Reach::Public, "{} as {}", address, embedded);
        }
    }

    #[test]
    fn all_other_addresses_pass(bits: u32) {
        let within = |(start, length): &(&str, u32)| {
            (start.parse::<Ipv4Addr>().unwrap().to_bits() ^ bits).leading_zeros() >= *length
        };
        prop_assume!(!BLOCKS.iter().any(within));
        prop_assert_eq!(reach(Ipv4Addr::from_bits(bits).into()), Reach::Public);
    }

    #[test]
    fn ipv6_outside_global_unicast_never_passes_as_public(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        prop_assume!(address.segments()[0] >> 13 != 1);
        prop_assume!(address.to_ipv4_mapped().is_none() && bits >> 32 != 0x64_ff9b << 64);
        prop_assert_ne!(reach(address.into()), Reach::Public);
    }
}
