//! Who is let in, over real connections: keys, tokens and certificates.

mod authority;
mod away;
mod certificates;
mod encryption;
mod issuer;
mod rotation;
mod server;
mod tokens;
