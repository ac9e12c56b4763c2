//! HTTP, both sides of it: what a witness's server reads, and what is read of its answer.

use quittance_cli::parsers;
use std::cell::RefCell;

/// Longest body that the server takes here.
const LIMIT: usize = 300;

/// `http`: a byte that says whether the rest comes to a witness's server, or is a witness's answer.
///
/// # Panics
/// A body is too long, or the server says something that is no HTTP.
pub fn http(bytes: &[u8]) {
    let Some((side, rest)) = bytes.split_first() else { return };
    if side % 4 == 0 {
        if let Ok((status, body)) = parsers::answered(rest) {
            assert!((100..1000).contains(&status) && body.len() <= rest.len());
        }
        return;
    }
    let bodies = RefCell::new(Vec::new());
    let said = parsers::served(rest, "/add-checkpoint", LIMIT, &|body| {
        bodies.borrow_mut().push(body.to_vec());
        200 + (body.len() % 300) as u16
    });
    let said = said.expect("a pair of sockets");
    for body in bodies.into_inner() {
        assert!(body.len() <= LIMIT, "a body of {} bytes", body.len());
        // Chunks stand apart in the request; each byte of the body was sent.
        assert!(body.len() <= rest.len());
    }
    assert!(said.is_empty() || said.starts_with(b"HTTP/1."), "an answer that is no HTTP");
}
