//! Headers that say odd things.

use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue};

/// What a header may say, as bytes: not all of it is text.
const ODD: [(&str, &[&[u8]]); 9] = [
    (
        "grpc-timeout",
        &[
            b"1n",
            b"0S",
            b"0m",
            b"1m",
            b"5m",
            b"20m",
            b"1S",
            b"99999999H",
            b"100000000S",
            b"-1S",
            b"+1S",
            b"",
            b"S",
            b"1",
            b"1.5S",
            b"5\xe9",
            b"18446744073709551615n",
        ],
    ),
    (
        "cpaiqa-tenant",
        &[
            b"default",
            b"museum",
            b"Museum 1",
            b"",
            b"../etc",
            b"\xff\xfe",
            b"a-tenant-whose-name-is-longer-than-sixty-four-letters-can-ever-be",
        ],
    ),
    (
        "authorization",
        &[
            b"",
            b"Bearer",
            b"Bearer ",
            b"bearer cpaiqa_0123456789ab_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            b"Bearer cpaiqa_zz_zz",
            b"Bearer cpaiqa_0123456789ab",
            b"Bearer eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJhIn0.",
            b"Basic YTpi",
            b"Bearer \xf0\x9f\x90\x88",
        ],
    ),
    (
        "traceparent",
        &[
            b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            b"00-00000000000000000000000000000000-0000000000000000-00",
            b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            b"00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            b"garbage",
            b"\xc3\xa9-\xc3\xa9-\xc3\xa9-\xc3\xa9",
            b"",
        ],
    ),
    ("tracestate", &[b"a=b,c=d", b"=,=,=", b"", b"\xff=\xff"]),
    ("baggage", &[b"a=b;c=d", b"%00=%ff", b",,,"]),
    ("grpc-encoding", &[b"gzip", b"identity", b"zstd", b"nonsense", b""]),
    ("grpc-accept-encoding", &[b"gzip", b"nonsense,,", b"\xff"]),
    ("odd-bin", &[b"not base64!", b"AAAA", b""]),
];

/// One to three odd headers, some of them twice.
pub fn odd(rng: &mut Rng) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for _ in 0..rng.usize(1..=3) {
        let (name, values) = ODD[rng.usize(..ODD.len())];
        let value = match rng.u8(..8) {
            0 => "x".repeat(rng.usize(..3_000)).into_bytes(),
            _ => values[rng.usize(..values.len())].to_vec(),
        };
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(&value).unwrap());
    }
    headers
}
