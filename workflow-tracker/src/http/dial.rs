//! Opens connections: finds the addresses of a host, and takes the first that answers.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long an address has before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// Opens a connection to a port of a host, which is a name or an address.
pub(super) async fn dial(host: &str, port: u16) -> io::Result<TcpStream> {
    let found = tokio::net::lookup_host((host, port)).await?;
    let stream = first_of(in_turn(found.collect())).await?;
    // A request is written as a whole: there is nothing to wait for.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The first connection that is made. An address that does not answer at all, as those of one
/// family do where only the other one works, holds the next up no longer than its head start.
async fn first_of(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut attempts = JoinSet::new();
    let mut left = addresses.into_iter();
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    loop {
        let patience = match left.next() {
            Some(address) => {
                attempts.spawn(TcpStream::connect(address));
                HEAD_START
            }
            None => Duration::MAX,
        };
        match timeout(patience, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => refused = error,
            Ok(Some(Err(error))) => refused = error.into(),
            Ok(None) => return Err(refused),
            // Its head start is over.
            Err(_) => {}
        }
    }
}

/// The addresses, those of one family and those of the other taking turns; the family that the
/// system prefers begins.
fn in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let preferred = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == preferred);
    let mut second = second.into_iter();
    let mut turns = Vec::new();
    for address in first {
        turns.push(address);
        turns.extend(second.next());
    }
    turns.extend(second);
    turns
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(future)
    }

    /// A port of this machine, on which nobody listens any more.
    fn dead() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.local_addr().expect("an address")
    }

    #[test]
    fn families_take_turns() {
        let parse = |texts: &[&str]| -> Vec<SocketAddr> {
            let texts = texts.iter();
            texts
                .map(|text| text.parse().expect("an address"))
                .collect()
        };
        let found = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "1.1.1.2:1"]);
        let turns = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"];
        assert_eq!(in_turn(found), parse(&turns));
        let found = parse(&["1.1.1.1:1", "[::1]:1", "[::2]:1"]);
        assert_eq!(in_turn(found.clone()), found);
        assert_eq!(in_turn(Vec::new()), []);
    }

    #[test]
    fn an_address_that_refuses_gives_way_at_once_and_a_silent_one_after_its_head_start() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let alive = listener.local_addr().expect("an address");
        // Kept for documentation: no packet to it is ever answered.
        let silent = "192.0.2.1:9".parse().expect("an address");
        for addresses in [
            vec![dead(), alive],
            vec![silent, alive],
            vec![alive, silent],
        ] {
            let stream = block_on(first_of(addresses)).expect("one of them answers");
            assert_eq!(stream.peer_addr().expect("a peer"), alive);
        }
    }

    #[test]
    fn where_none_answers_the_last_refusal_is_told() {
        let refused = block_on(first_of(vec![dead(), dead()])).expect_err("nobody listens");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let refused = block_on(first_of(Vec::new())).expect_err("there is no address");
        assert_eq!(refused.to_string(), "its name has no address");
    }
}
