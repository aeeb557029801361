//! Who is connected to a member, in the lines of `ss -Htn`: its own port, and the address at the other end.
//!
//! Every line has to be one of `ss`: a line that is passed over could be the one that matters. Columns are as `tcp_show_line` and
//! `inet_addr_print` of iproute2's misc/ss.c print them.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

/// The connections that were listed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sockets {
    /// Established ones, once each: the member's end, and the other one.
    pub established: BTreeSet<(SocketAddr, SocketAddr)>,
    /// How many were in another state: connections that ended, or that are not made yet.
    pub others: usize,
}

/// A line that is none of `ss -Htn` about the clients of a member.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SsError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// The first column, unless `ss` is asked for one state (`sstate_name` in misc/ss.c).
const ESTABLISHED: &str = "ESTAB";
const OTHERS: [&str; 10] =
    ["SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"];

/// The longest part of a wrong line that is shown.
const SHOWN: usize = 80;

/// The command that lists who is connected to a member at one of `ports`.
pub fn ss_command(ports: &BTreeSet<u16>) -> String {
    let each: Vec<String> = ports.iter().map(|port| format!("sport = :{port}")).collect();
    format!("ss -Htn state established '( {} )'", each.join(" or "))
}

impl Sockets {
    /// Adds the connections in `text` to a member at one of `ports`.
    ///
    /// # Errors
    /// The first line that is something else.
    pub fn read(&mut self, text: &str, ports: &BTreeSet<u16>) -> Result<(), SsError> {
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let at = |what| SsError { line: number, what };
            let shown = || line.trim().chars().take(SHOWN).collect::<String>().escape_debug().to_string();
            let (is_established, ends) = ends(line).ok_or_else(|| at(format!("`{}` is no line of `ss -Htn`", shown())))?;
            let Some((local, peer)) = ends else {
                self.others += 1;
                continue;
            };
            if !ports.contains(&local.port()) {
                let ours = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
                return Err(at(format!("`{}` is no client of an etcd: the port at this end is not {ours}", shown())));
            }
            if is_established {
                self.established.insert((local, peer));
            } else {
                self.others += 1;
            }
        }
        Ok(())
    }
}

/// Whether the connection of a line is established, and both its ends; none of a socket that has no other end.
fn ends(line: &str) -> Option<(bool, Option<(SocketAddr, SocketAddr)>)> {
    let columns: Vec<&str> = line.split_ascii_whitespace().collect();
    let (state, columns) = match columns.as_slice() {
        [state, rest @ ..] if *state == ESTABLISHED || OTHERS.contains(state) => (*state, rest),
        all => (ESTABLISHED, all),
    };
    let [received, sent, local, peer] = columns else { return None };
    received.parse::<u64>().ok()?;
    sent.parse::<u64>().ok()?;
    if peer.ends_with(":*") && state != ESTABLISHED {
        return Some((false, None));
    }
    Some((state == ESTABLISHED, Some((end(local)?, end(peer)?))))
}

/// `10.0.0.1:2379`, `[fd00::1]:2379`, with `%` and the name of an interface before the port where the socket is bound to one.
fn end(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.rsplit_once(':')?;
    let bare = |host: &str| host.split_once('%').map_or(host, |(address, _)| address).to_owned();
    let address: IpAddr = match host.strip_prefix('[') {
        Some(inner) => {
            let (address, after) = inner.split_once(']')?;
            if !after.is_empty() && !after.starts_with('%') {
                return None;
            }
            IpAddr::V6(bare(address).parse().ok()?)
        }
        None => IpAddr::V4(bare(host).parse().ok()?),
    };
    // A listener on `::` has IPv4 clients, too: `::ffff:10.0.0.1`.
    Some(SocketAddr::new(address.to_canonical(), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Sockets, ss_command};

    fn read(text: &str) -> Result<Sockets, (usize, String)> {
        let mut sockets = Sockets::default();
        sockets.read(text, &[2379].into()).map_err(|error| (error.line, error.what))?;
        Ok(sockets)
    }

    #[test]
    fn a_connection_counts_once_in_each_form() {
        let text = "0      0      10.1.0.1:2379   10.1.0.7:41000\n\n\
                    ESTAB  0  36  10.1.0.1:2379   10.1.0.7:41000  \n\
                    ESTAB  0  0   [::ffff:10.1.0.1]:2379 [::ffff:10.1.0.7]:41000\n\
                    ESTAB  0  0   10.1.0.1%eth0:2379 10.1.0.7:41001\r\n\
                    ESTAB  0  0   [fe80::1]%eth0:2379 [fe80::2%eth0]:41000\n\
                    TIME-WAIT 0 0 10.1.0.1:2379   10.1.0.8:41000\n\
                    LISTEN 0 4096 *:2379          *:*\n";
        let sockets = read(text).expect("lines of ss");
        let peers: Vec<String> = sockets.established.iter().map(|(_, peer)| peer.to_string()).collect();
        assert_eq!(peers, ["10.1.0.7:41000", "10.1.0.7:41001", "[fe80::2]:41000"]);
        assert_eq!(sockets.others, 2);
        assert_eq!(read("").expect("nothing"), Sockets::default());
    }

    #[test]
    fn the_command_has_every_port_of_the_mesh() {
        assert_eq!(ss_command(&[2379].into()), "ss -Htn state established '( sport = :2379 )'");
        assert_eq!(ss_command(&[2379, 2479].into()), "ss -Htn state established '( sport = :2379 or sport = :2479 )'");
    }

    #[test]
    fn whatever_is_no_line_of_ss_is_named_with_its_place() {
        let good = "0 0 10.1.0.1:2379 10.1.0.7:41000";
        for bad in [
            "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process",
            "m1 | CHANGED | rc=0 >>",
            "0 0 10.1.0.1:2379",
            "0 0 10.1.0.1:2379 10.1.0.7:41000 10.1.0.8:41000",
            "0 0 10.1.0.1:2379 *:*",
            "ESTABLISHED 0 0 10.1.0.1:2379 10.1.0.7:41000",
            "0 x 10.1.0.1:2379 10.1.0.7:41000",
            "0 0 10.1.0.1:2379 10.1.0.7:65536",
            "0 0 10.1.0.1:2379 10.1.0.777:41000",
            "0 0 10.1.0.1:2379 fd00::1:41000",
            "0 0 10.1.0.1:2379 [fd00::1:41000",
            "0 0 10.1.0.1:2379 [fd00::1]x:41000",
            "0 0 10.1.0.1:2379 [10.1.0.7]:41000",
            "0 0 etcd-1:2379 10.1.0.7:41000",
            "0 0 10.1.0.1:2379 10.1.0.7:41000\u{1b}[2J",
        ] {
            let (line, what) = read(&format!("{good}\n{bad}\n{good}\n")).expect_err(bad);
            assert!(line == 2 && what.ends_with("is no line of `ss -Htn`") && !what.contains('\u{1b}'), "{bad}: {line}: {what}");
        }
        let (line, what) = read("0 0 10.1.0.1:41000 10.1.0.7:2379").expect_err("another's member");
        assert!(line == 1 && what.ends_with("the port at this end is not 2379"), "{what}");
        let (_, what) = read(&"x".repeat(1 << 20)).expect_err("a long line");
        assert!(what.len() < 200, "{}", what.len());
    }
}
