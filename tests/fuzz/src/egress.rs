//! Addresses: whatever is let through is dialled at a host and port that were listed, by https or on this machine with leave, and
//! never at an address that is not the public's.
//!
//! An input is text, one thing in each line: `loopback`, `host NAME`, `extra ORIGIN`, `stand-in NAME ORIGIN`, `url ADDRESS`,
//! `ip ADDRESS`.

use std::net::IpAddr;

use harness_capability::http::egress::{AllowList, OperatorEgress, Origin};

use crate::bug;

/// What every list begins with.
const HOSTS: [&str; 2] = ["api.example.net", "xn--bcher-kva.example"];

/// Judges the addresses in `data`.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut hosts: Vec<String> = HOSTS.map(str::to_owned).to_vec();
    let mut operator = OperatorEgress::default();
    let (mut urls, mut addresses) = (Vec::new(), Vec::new());
    // Split at line feeds alone: whatever else breaks lines belongs into an address here.
    for line in text.split('\n') {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("loopback", _) => operator.allow_loopback = true,
            ("host", name) => hosts.push(name.to_owned()),
            ("extra", origin) => operator.extra_origins.push(origin.to_owned()),
            ("stand-in", rest) => {
                let (name, origin) = rest.split_once(' ').unwrap_or((rest, ""));
                operator.stand_ins.insert(name.to_owned(), origin.to_owned());
            }
            ("url", address) => urls.push(address),
            ("ip", address) => addresses.extend(address.parse::<IpAddr>().ok()),
            _ => {}
        }
    }
    let allow = match AllowList::new(&hosts, &operator) {
        Ok(allow) => allow,
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused without a reason");
            for line in wrong {
                assert!(!line.chars().any(char::is_control), "control characters in {line:?}");
            }
            return;
        }
    };
    for url in urls {
        target(&allow, &hosts, &operator, url);
        for host in HOSTS {
            // A secret in a query or before an @ stays there.
            for secret in [format!("{url}?t=hunter2hunter2"), format!("https://hunter2hunter2@{host}{url}")] {
                if let Err(refusal) = allow.target(&secret) {
                    let quiet = !refusal.to_string().contains("hunter2hunter2");
                    assert!(quiet, "{refusal} repeats what it must not");
                }
            }
        }
    }
    judge(&allow, &operator, &addresses);
}

fn target(allow: &AllowList, hosts: &[String], operator: &OperatorEgress, url: &str) {
    let target = match allow.target(url) {
        Ok(target) => target,
        Err(refusal) => {
            let told = refusal.to_string();
            assert!(!told.chars().any(char::is_control), "control characters in {told:?}");
            return;
        }
    };
    let origin = &target.origin;
    let local = operator.allow_loopback && origin.is_written_as_loopback();
    assert!(origin.secure || local, "{url:?} is dialled at {origin} without TLS");
    let by_operator = !operator.extra_origins.is_empty() || !operator.stand_ins.is_empty();
    if !by_operator {
        assert_eq!((origin.secure, origin.port), (true, 443), "{url:?} is dialled at {origin}");
        let listed = hosts.iter().any(|host| same_host(host, &origin.host));
        assert!(listed && !bug::asked(), "{url:?} is dialled at {origin}");
        assert!(origin.address().is_none(), "{url:?} is an address and nobody listed it");
        as_anybody_reads_it(url, origin);
    }
    let path = &target.path;
    assert!(path.is_empty() || path.starts_with('/') && !path.ends_with('/'), "{path:?} is appended to");
    assert!(!path.contains(['?', '#', ' ', '\r', '\n', '\\']), "{path:?} ends its own line or begins a query");
    if operator.stand_ins.is_empty() {
        let again = allow.target(&format!("{origin}{path}"));
        assert_eq!(again.as_ref(), Ok(&target), "the normal form of {url:?} is not normal");
    }
}

/// Whether a listed name is the host `normal`: an ASCII name as it is, another one by anybody's reading of it.
fn same_host(listed: &str, normal: &str) -> bool {
    let listed = listed.strip_suffix('.').unwrap_or(listed);
    !listed.is_ascii() || listed.contains('%') || listed.eq_ignore_ascii_case(normal)
}

/// An address without anything odd in it is read in one way only: what stands between `//` and the next `/` is its host.
fn as_anybody_reads_it(url: &str, origin: &Origin) {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.is_ascii() && !authority.contains('%') {
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let host = host.strip_suffix('.').unwrap_or(host);
        assert!(host.eq_ignore_ascii_case(&origin.host), "{url:?} is dialled at {origin}");
    }
}

fn judge(allow: &AllowList, operator: &OperatorEgress, addresses: &[IpAddr]) {
    let public = allow.target(&format!("https://{}", HOSTS[0])).map(|target| target.origin);
    // A stand-in may have taken its place.
    let Some(public) = public.ok().filter(|origin| origin.host == HOSTS[0]) else { return };
    if allow.judge(&public, addresses).is_ok() {
        for address in addresses {
            assert!(!is_inside(*address), "{address} is dialled for {public}");
        }
    }
    let local = Origin { secure: false, host: "localhost".into(), port: 80 };
    if allow.judge(&local, addresses).is_ok() {
        for address in addresses {
            let leave = operator.allow_loopback && address.is_loopback();
            assert!(
                leave || !is_inside(*address) || is_mapped_loopback(*address, operator),
                "{address} is dialled for {local}"
            );
        }
    }
}

fn is_mapped_loopback(address: IpAddr, operator: &OperatorEgress) -> bool {
    operator.allow_loopback && wrapped(address).is_some_and(|inner| inner.is_loopback())
}

/// The standard library's opinion, which is another one than the host's.
fn is_inside(address: IpAddr) -> bool {
    if let Some(inner) = wrapped(address) {
        return is_inside(inner);
    }
    match address {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || address.is_unspecified()
                || address.octets()[0] == 0
                || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

/// The IPv4 address that an IPv6 address stands for.
fn wrapped(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V6(address) if !address.is_loopback() && !address.is_unspecified() => {
            let nat = address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            let tail = std::net::Ipv4Addr::from(u32::try_from(u128::from(address) & 0xffff_ffff).unwrap_or(0));
            address.to_ipv4().or(nat.then_some(tail)).map(IpAddr::V4)
        }
        _ => None,
    }
}
