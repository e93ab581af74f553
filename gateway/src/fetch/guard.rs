//! Which addresses are anybody's on the internet, so that a caller's URL may lead there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anybody's on the internet.
    Public,
    /// A private network's, or this machine's own.
    Private,
    /// Nobody's that serves pictures: a cloud's metadata, link-local, multicast, reserved, or a tunnel to any of these.
    Never,
}

impl Reach {
    /// Whether pictures may be fetched from there.
    pub fn is_allowed(self, private_too: bool) -> bool {
        self == Self::Public || (private_too && self == Self::Private)
    }
}

/// An address and how many of its leading bits count.
type Block<T> = (T, u32);

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u32) -> Block<Ipv4Addr> {
    (Ipv4Addr::new(a, b, c, d), bits)
}

/// IANA's special-purpose addresses that nobody fetches from, and the addresses of clouds' metadata outside them.
const NEVER_V4: [Block<Ipv4Addr>; 12] = [
    v4(0, 0, 0, 0, 8),
    v4(100, 100, 100, 200, 32), // Alibaba Cloud's metadata
    v4(168, 63, 129, 16, 32),   // Azure's host
    v4(169, 254, 0, 0, 16),     // link-local, with most clouds' metadata
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

const PRIVATE_V4: [Block<Ipv4Addr>; 5] =
    [v4(10, 0, 0, 0, 8), v4(100, 64, 0, 0, 10), v4(127, 0, 0, 0, 8), v4(172, 16, 0, 0, 12), v4(192, 168, 0, 0, 16)];

const fn v6(a: u16, b: u16, c: u16, last: u16, bits: u32) -> Block<Ipv6Addr> {
    (Ipv6Addr::new(a, b, c, 0, 0, 0, 0, last), bits)
}

/// Global unicast; all other IPv6 addresses are special.
const GLOBAL_V6: Block<Ipv6Addr> = v6(0x2000, 0, 0, 0, 3);

/// Special ones among global unicast, and the addresses of clouds' metadata among private ones.
const NEVER_V6: [Block<Ipv6Addr>; 6] = [
    v6(0x2001, 0, 0, 0, 23), // protocols, with Teredo, which tunnels to any IPv4 address
    v6(0x2001, 0xdb8, 0, 0, 32),
    v6(0x2002, 0, 0, 0, 16), // 6to4, which tunnels to any IPv4 address
    v6(0x3fff, 0, 0, 0, 20),
    v6(0xfd00, 0xec2, 0, 0x254, 128), // AWS's metadata
    v6(0xfd20, 0xce, 0, 0x254, 128),  // Google Cloud's metadata
];

const PRIVATE_V6: [Block<Ipv6Addr>; 2] = [v6(0, 0, 0, 1, 128), v6(0xfc00, 0, 0, 0, 7)];

/// IPv6 addresses that are IPv4 addresses in truth, by their last 32 bits: mapped ones and the well-known NAT64.
const EMBEDDING_V6: [Block<Ipv6Addr>; 2] =
    [(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), v6(0x64, 0xff9b, 0, 0, 96)];

/// Whose an address is.
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) if any(&EMBEDDING_V6, address) => {
            let [.., a, b, c, d] = address.octets();
            reach_v4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    if any(&NEVER_V4, address) {
        Reach::Never
    } else if any(&PRIVATE_V4, address) {
        Reach::Private
    } else {
        Reach::Public
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if any(&NEVER_V6, address) {
        Reach::Never
    } else if any(&PRIVATE_V6, address) {
        Reach::Private
    } else if any(&[GLOBAL_V6], address) {
        Reach::Public
    } else {
        Reach::Never
    }
}

fn any<T: Copy + Into<IpAddr>>(blocks: &[Block<T>], address: T) -> bool {
    let address = bits(address.into());
    blocks.iter().any(|(start, length)| (address ^ bits((*start).into())).leading_zeros() >= *length)
}

/// The address's bits from the left, zeros after them.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}
