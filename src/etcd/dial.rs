//! Addresses -> a connected TCP stream. All addresses of a name at once: one that answers is enough.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::diag::Code;
use crate::verify::Target;

use super::fault::Fault;

/// Connects to the first of `addresses` that answers, without a time limit of its own.
///
/// # Errors
/// Why none does.
pub(super) async fn dial(target: &Target, addresses: &[IpAddr]) -> Result<(TcpStream, SocketAddr), Fault> {
    let mut attempts = JoinSet::new();
    for address in addresses {
        let address = SocketAddr::new(*address, target.port);
        attempts.spawn(async move { (address, TcpStream::connect(address).await) });
    }
    let mut failed = Vec::new();
    while let Some(joined) = attempts.join_next().await {
        match joined {
            Ok((address, Ok(stream))) => {
                let _ = stream.set_nodelay(true);
                return Ok((stream, address));
            }
            Ok((address, Err(error))) => failed.push((address, error)),
            Err(_) => {}
        }
    }
    // A refused connection explains more than an address that cannot be reached.
    failed.sort_by_key(|(address, error)| (error.kind() != ErrorKind::ConnectionRefused, *address));
    let (address, error) =
        failed.into_iter().next().unwrap_or_else(|| (SocketAddr::new([0, 0, 0, 0].into(), 0), io::Error::other("no address")));
    Err(match error.kind() {
        ErrorKind::ConnectionRefused => Fault::new(
            Code::ConnectionRefused,
            format!("`{}`: nothing listens at {address}", target.text),
            "start the etcd, or let it listen there (`--listen-client-urls`); a firewall may also refuse the connection",
        ),
        _ => Fault::new(
            Code::NoAnswer,
            format!("`{}`: {address} cannot be reached: {error}", target.text),
            format!("fix the route to it: `ip route get {}` on this node", address.ip()),
        ),
    })
}

/// Connects to one address, within `time`.
///
/// # Errors
/// Why that does not work.
pub(crate) async fn dial_within(target: &Target, address: IpAddr, time: Duration) -> Result<TcpStream, Fault> {
    match timeout(time, dial(target, &[address])).await {
        Ok(dialled) => Ok(dialled?.0),
        Err(_) => Err(silent(target, &[address], time.as_secs())),
    }
}

/// The fault of addresses that did not answer in time.
pub(super) fn silent(target: &Target, addresses: &[IpAddr], seconds: u64) -> Fault {
    let shown: Vec<_> = addresses.iter().map(|address| SocketAddr::new(*address, target.port).to_string()).collect();
    Fault::new(
        Code::NoAnswer,
        format!("`{}`: no answer from {} within {seconds} s", target.text, shown.join(", ")),
        format!("allow this node to connect to port {} there (firewall, security group), or correct the address", target.port),
    )
}
