//! Where a connector's requests may go.
//!
//! **The attack.** A connector, or the source that it talks to, wants the host to send a request to a place that the
//! operator did not approve: the metadata service of the cloud (which hands out credentials), the database next door, the
//! host's own console. The guest never writes an address, but three others do: the manifest (read once, at load), the
//! answer of the session exchange (`Server`), and DNS (at every connection).
//!
//! **The rule.** An address is parsed once, by the WHATWG parser, into a scheme, a host and a port; that triple, and not the
//! text, is looked up in a list of exact triples. Then the name is resolved by ourselves, every address of the answer is
//! judged, one bad address refuses the whole answer, and the socket is dialled to an address that was judged: there is no
//! second look-up between check and use. Redirects are answers like any other; nobody follows them. No proxy is used.
//!
//! | Written | Judged as | Accepted |
//! |---|---|---|
//! | `https://api.example.net/x`, `HTTPS://API.Example.NET./x`, `https://api.example.net:443` | https, api.example.net, 443 | when that host is in the manifest |
//! | `https://bücher.example`, `https://xn--bcher-kva.example` | the second form (IDNA) | when that host is in the manifest |
//! | `https://api.example.net:8443` | port 8443 | when the operator lists it with its port |
//! | `http://api.example.net` | no TLS | never |
//! | `http://127.0.0.1:4010`, `http://localhost:4010` | loopback | when the operator allows loopback and lists it |
//! | `https://user@api.example.net`, a query, a fragment, white space, `\` | not an address of ours | never |
//! | `https://2130706433`, `https://0x7f.1`, `https://[::ffff:127.0.0.1]` | an address, 127.0.0.1 | as that address |
//!
//! | Resolved | Accepted |
//! |---|---|
//! | a public unicast address | yes |
//! | loopback | when the host is written as loopback itself, and the operator allows it: a public name that leads inside is refused even then |
//! | private, shared (CGNAT), link-local, unique-local, site-local, metadata, multicast, unspecified, broadcast, documentation, benchmarking, reserved, Teredo | never |
//! | IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, ISATAP | as that IPv4 address |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::sabotage::{self, Sabotage};

/// What the operator, and nobody else, may loosen.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct OperatorEgress {
    /// Whether this machine itself may be called, for simulators. Only then may a scheme be `http`.
    pub allow_loopback: bool,
    /// Origins beyond the manifest's hosts, as `https://host:port` or `http://127.0.0.1:4010`.
    pub extra_origins: Vec<String>,
    /// Host name of the manifest to the origin that is dialled in its place, such as a simulator or a vendor's sandbox.
    pub stand_ins: BTreeMap<String, String>,
}

/// Scheme, host and port after normalisation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Whether it is `https`.
    pub secure: bool,
    /// Lower case, in its ASCII form, without a trailing dot; an IPv6 address in brackets.
    pub host: String,
    /// Always explicit.
    pub port: u16,
}

impl Origin {
    /// What goes into the `host` header: the port only when it is not the scheme's own.
    pub fn authority(&self) -> String {
        let default = if self.secure { 443 } else { 80 };
        if self.port == default { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The address, when the host is written as one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// Whether the host is written as this machine itself.
    pub fn is_written_as_loopback(&self) -> bool {
        self.host == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(formatter, "{scheme}://{}", self.authority())
    }
}

/// Why a request may not go where it wants to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is not an address in one of the accepted forms.
    #[error("{shown:?} is not an acceptable address: {why}")]
    Malformed {
        /// The text, escaped and cut.
        shown: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The origin is not on the list.
    #[error(
        "{0} is not on the allow list; add the host to the manifest, or list the origin in the operator's configuration"
    )]
    NotListed(Origin),
    /// `http` to another machine, or to this one without leave.
    #[error("{0} is not https; plain http goes to this machine only, and only when the operator allows loopback")]
    Insecure(Origin),
    /// The name leads to an address that is never called.
    #[error("{host} resolves to a {class} address, which a connector may not reach")]
    ForbiddenAddress {
        /// The host that was asked for.
        host: String,
        /// The kind of address.
        class: AddressClass,
    },
}

/// An origin to dial, and a path that everything is appended to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where the socket goes.
    pub origin: Origin,
    /// Empty, or begins with `/` and does not end with one.
    pub path: String,
}

/// The exact origins that one connector may reach.
#[derive(Debug, Clone)]
pub struct AllowList {
    origins: BTreeSet<Origin>,
    stand_ins: BTreeMap<Origin, Origin>,
    loopback: bool,
}

impl AllowList {
    /// The hosts of a manifest together with what the operator adds.
    ///
    /// # Errors
    /// Every entry that is not in an accepted form, each in one sentence.
    pub fn new(hosts: &[String], operator: &OperatorEgress) -> Result<Self, Vec<String>> {
        let mut list = Self { origins: BTreeSet::new(), stand_ins: BTreeMap::new(), loopback: operator.allow_loopback };
        let mut wrong = Vec::new();
        for host in hosts {
            match manifest_host(host) {
                Ok(origin) => {
                    list.origins.insert(origin);
                }
                Err(refusal) => wrong.push(refusal.to_string()),
            }
        }
        let listed = |text: &str, wrong: &mut Vec<String>| match parse(text).and_then(|target| list.secure(target)) {
            Ok(target) if target.path.is_empty() => Some(target.origin),
            Ok(_) => {
                wrong.push(format!("{text:?} has a path; expected an origin such as https://host:port"));
                None
            }
            Err(refusal) => {
                wrong.push(refusal.to_string());
                None
            }
        };
        let mut extra = BTreeSet::new();
        let mut stand_ins = BTreeMap::new();
        extra.extend(operator.extra_origins.iter().filter_map(|text| listed(text, &mut wrong)));
        for (host, origin) in &operator.stand_ins {
            match manifest_host(host) {
                Ok(from) => {
                    if let Some(to) = listed(origin, &mut wrong) {
                        extra.insert(to.clone());
                        stand_ins.insert(from, to);
                    }
                }
                Err(refusal) => wrong.push(refusal.to_string()),
            }
        }
        list.origins.extend(extra);
        list.stand_ins = stand_ins;
        if wrong.is_empty() { Ok(list) } else { Err(wrong) }
    }

    /// The place that `address` means, when it is on the list.
    ///
    /// # Errors
    /// [`Refusal`], which never holds more of the text than its origin.
    pub fn target(&self, address: &str) -> Result<Target, Refusal> {
        let mut target = self.secure(parse(address)?)?;
        if !self.origins.contains(&target.origin) {
            return Err(Refusal::NotListed(target.origin));
        }
        if let Some(stand_in) = self.stand_ins.get(&target.origin) {
            target.origin = stand_in.clone();
        }
        Ok(target)
    }

    fn secure(&self, target: Target) -> Result<Target, Refusal> {
        if target.origin.secure || (self.loopback && target.origin.is_written_as_loopback()) {
            Ok(target)
        } else {
            Err(Refusal::Insecure(target.origin))
        }
    }

    /// Judges every address that a name was resolved to.
    ///
    /// # Errors
    /// [`Refusal::ForbiddenAddress`] when one of them may not be reached.
    pub fn judge(&self, origin: &Origin, addresses: &[IpAddr]) -> Result<(), Refusal> {
        if sabotage::asked(Sabotage::SkippedAddressCheck) {
            return Ok(());
        }
        for address in addresses {
            match AddressClass::of(*address) {
                AddressClass::Public => {}
                AddressClass::Loopback if self.loopback && origin.is_written_as_loopback() => {}
                class => return Err(Refusal::ForbiddenAddress { host: origin.host.clone(), class }),
            }
        }
        Ok(())
    }
}

fn malformed(text: &str, why: &'static str) -> Refusal {
    Refusal::Malformed { shown: crate::log::harmless(text, 80), why }
}

/// A manifest names hosts, not addresses and not ports.
fn manifest_host(host: &str) -> Result<Origin, Refusal> {
    if host.contains(['/', ':', '?', '#', '@', '*', '%']) {
        return Err(malformed(host, "expected an exact host name without scheme, port, path or wildcard"));
    }
    let target = parse(&format!("https://{host}"))?;
    if target.origin.address().is_some() {
        return Err(malformed(host, "it is an address; only the operator may list those"));
    }
    Ok(target.origin)
}

/// Parses an absolute address into its normal form.
fn parse(text: &str) -> Result<Target, Refusal> {
    // What stands before an `@` or behind a `?` may be a secret.
    let shown = if text.contains('@') { "" } else { text.split(['?', '#']).next().unwrap_or_default() };
    // The parser drops tabs and line breaks and reads `\` as `/`. Whoever writes those wants to be misread.
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(malformed(shown, "it holds white space, control characters or \\"));
    }
    let Some((_, rest)) = text.split_once("://") else {
        return Err(malformed("", "expected https://HOST/PATH"));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // The parser skips further slashes until it finds a host.
    if authority.is_empty() {
        return Err(malformed(shown, "its host is empty"));
    }
    if authority.contains('@') {
        return Err(malformed("", "it holds user information; credentials are added by the host"));
    }
    let url = Url::parse(text).map_err(|_| malformed(shown, "it cannot be parsed"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(malformed(shown, "expected the scheme https"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(malformed(shown, "it holds a query or a fragment"));
    }
    let host = match url.host() {
        Some(Host::Domain(name)) => name.strip_suffix('.').unwrap_or(name).to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => format!("[{address}]"),
        None => String::new(),
    };
    if host.is_empty() || host.ends_with('.') || host.contains("..") {
        return Err(malformed(shown, "its host is empty or ends in dots"));
    }
    let port =
        url.port_or_known_default().filter(|port| *port != 0).ok_or_else(|| malformed(shown, "its port is 0"))?;
    let origin = Origin { secure: url.scheme() == "https", host, port };
    Ok(Target { origin, path: url.path().trim_end_matches('/').to_owned() })
}

/// What kind of address it is, by the IANA special-purpose registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// An ordinary address of the Internet.
    Public,
    /// This machine.
    Loopback,
    /// 0.0.0.0/8 and `::`.
    Unspecified,
    /// RFC 1918, unique-local and site-local.
    Private,
    /// 100.64.0.0/10, between a provider and its customers; some clouds keep their metadata there.
    Shared,
    /// 169.254.0.0/16 and fe80::/10, where clouds keep their metadata.
    LinkLocal,
    /// A metadata service outside the ranges above.
    Metadata,
    /// To many.
    Multicast,
    /// Documentation, benchmarking, protocol assignments, tunnels and everything not assigned.
    Reserved,
}

impl fmt::Display for AddressClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Unspecified => "unspecified",
            Self::Private => "private",
            Self::Shared => "shared (carrier-grade NAT)",
            Self::LinkLocal => "link-local (metadata)",
            Self::Metadata => "metadata",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
        })
    }
}

impl AddressClass {
    /// The class of `address`; an IPv4 address inside an IPv6 one is judged as itself.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => match embedded_v4(address) {
                Some(inner) => Self::of_v4(inner),
                None => Self::of_v6(address),
            },
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [0, ..] => Self::Unspecified,
            [127, ..] => Self::Loopback,
            [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Self::Private,
            [100, 64..=127, ..] => Self::Shared,
            [169, 254, ..] => Self::LinkLocal,
            // Azure's wire server answers on a public address.
            [168, 63, 129, 16] => Self::Metadata,
            [224..=239, ..] => Self::Multicast,
            [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [198, 18 | 19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            | [240..=255, ..] => Self::Reserved,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0] => Self::Unspecified,
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Self::Private,
            [0xfe80..=0xfebf, ..] => Self::LinkLocal,
            [0xff00..=0xffff, ..] => Self::Multicast,
            [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Self::Reserved,
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Reserved,
        }
    }
}

/// The IPv4 address that a packet to `address` ends at, where the IPv6 address only wraps one.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // Compatible, mapped, translated (SIIT), NAT64.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(join(high, low)),
        // 6to4.
        [0x2002, high, low, ..] => Some(join(high, low)),
        // ISATAP.
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => Some(join(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(operator: OperatorEgress) -> AllowList {
        let hosts = ["api.example.net".to_owned(), "bücher.example".to_owned()];
        AllowList::new(&hosts, &operator).unwrap()
    }

    fn strict() -> AllowList {
        list(OperatorEgress::default())
    }

    #[test]
    fn spellings_of_an_allowed_host_are_one_host() {
        for text in [
            "https://api.example.net",
            "https://api.example.net/",
            "HTTPS://API.Example.NET",
            "https://api.example.net.",
            "https://api.example.net:443",
            "https://%61pi.example.net",
            "https://ａｐｉ.example.net",
        ] {
            let target = strict().target(text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
            assert_eq!(target.origin.to_string(), "https://api.example.net", "{text}");
            assert_eq!(target.path, "");
        }
        assert_eq!(strict().target("https://xn--bcher-kva.example/v2/").unwrap().path, "/v2");
        assert!(strict().target("https://BÜCHER.example").is_ok());
    }

    #[test]
    fn whatever_is_not_exactly_an_allowed_host_is_refused() {
        for text in [
            "",
            "api.example.net",
            "https:api.example.net",
            "https:/api.example.net",
            "https:///api.example.net",
            "https:////api.example.net",
            "//api.example.net",
            "https://",
            "https://evil.net",
            "https://api.example.net.evil.net",
            "https://evil-api.example.net",
            "https://sub.api.example.net",
            "https://example.net",
            "https://api.example.net..",
            "https://api.example.net@evil.net",
            "https://evil.net@api.example.net",
            "https://:@api.example.net",
            "https://api.example.net:8443",
            "https://api.example.net:80",
            "https://api.example.net:0",
            "http://api.example.net",
            "http://api.example.net:443",
            "ftp://api.example.net",
            "file:///etc/passwd",
            "https://api.example.net\\@evil.net",
            "https://api.example.net\t",
            "https://api.exa\nmple.net",
            " https://api.example.net",
            "https://api.example.net?x=1",
            "https://api.example.net/#x",
            "https://evil.net/https://api.example.net",
            "https://аpi.example.net", // a Cyrillic letter
            "http://127.0.0.1:4010",
            "https://127.0.0.1",
            "https://localhost",
        ] {
            assert!(strict().target(text).is_err(), "{text:?} was let through");
        }
    }

    #[test]
    fn a_manifest_may_list_names_only() {
        for host in [
            "*.example.net",
            "https://api.example.net",
            "api.example.net:8443",
            "127.0.0.1",
            "2130706433",
            "[::1]",
            "",
            "a b",
            "api.example.net/x",
        ] {
            assert!(AllowList::new(&[host.to_owned()], &OperatorEgress::default()).is_err(), "{host:?} was let in");
        }
    }

    #[test]
    fn only_the_operator_opens_a_port_or_plain_http_and_only_to_this_machine() {
        let operator = OperatorEgress {
            allow_loopback: true,
            extra_origins: vec!["http://127.0.0.1:4010".into(), "https://sandbox.example.net:8443".into()],
            ..OperatorEgress::default()
        };
        let allow = list(operator.clone());
        assert!(allow.target("http://127.0.0.1:4010/x").is_ok());
        assert!(allow.target("http://0x7f.1:4010").is_ok(), "another spelling of the same address");
        assert!(allow.target("http://127.0.0.1:4011").is_err());
        assert!(allow.target("http://127.0.0.2:4010").is_err());
        assert!(allow.target("https://sandbox.example.net:8443").is_ok());
        assert!(allow.target("https://sandbox.example.net").is_err());
        let refused = |origins: Vec<String>, allow_loopback| {
            AllowList::new(&[], &OperatorEgress { allow_loopback, extra_origins: origins, ..Default::default() })
                .is_err()
        };
        assert!(refused(operator.extra_origins, false));
        assert!(refused(vec!["http://sandbox.example.net".into()], true));
        assert!(refused(vec!["https://sandbox.example.net/path".into()], true));
    }

    #[test]
    fn a_stand_in_is_dialled_in_place_of_a_listed_host_and_of_no_other() {
        let allow = list(OperatorEgress {
            allow_loopback: true,
            stand_ins: [("api.example.net".to_owned(), "http://127.0.0.1:4010".to_owned())].into(),
            ..OperatorEgress::default()
        });
        assert_eq!(allow.target("https://api.example.net/v1").unwrap().origin.to_string(), "http://127.0.0.1:4010");
        assert!(allow.target("https://other.example.net").is_err());
    }

    fn class(text: &str) -> AddressClass {
        AddressClass::of(text.parse().unwrap())
    }

    #[test]
    fn addresses_inside_are_never_public() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "64:ff9b:1::1",
            "4000::1",
            "5f00::1",
        ] {
            assert_ne!(class(inside), AddressClass::Public, "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert_eq!(class(outside), AddressClass::Public, "{outside}");
        }
    }

    #[test]
    fn ipv6_spellings_are_judged_as_the_ipv4_address_in_them() {
        for wrapped in [
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "::ffff:0:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "2606:4700::5efe:169.254.169.254",
            "2606:4700::200:5efe:169.254.169.254",
        ] {
            assert_eq!(class(wrapped), AddressClass::LinkLocal, "{wrapped}");
        }
        assert_eq!(class("::ffff:127.0.0.1"), AddressClass::Loopback);
        assert_eq!(class("::ffff:8.8.8.8"), AddressClass::Public);
        assert_eq!(class("64:ff9b::8.8.8.8"), AddressClass::Public);
    }

    #[test]
    fn one_bad_address_refuses_the_whole_answer_of_the_name_server() {
        let origin = strict().target("https://api.example.net").unwrap().origin;
        let good: IpAddr = "8.8.8.8".parse().unwrap();
        assert!(strict().judge(&origin, &[good]).is_ok());
        let mixed = [good, "10.0.0.1".parse().unwrap()];
        assert_eq!(
            strict().judge(&origin, &mixed),
            Err(Refusal::ForbiddenAddress { host: "api.example.net".into(), class: AddressClass::Private })
        );
    }

    #[test]
    fn a_public_name_that_leads_to_this_machine_is_refused_even_when_loopback_is_allowed() {
        let allow = list(OperatorEgress {
            allow_loopback: true,
            extra_origins: vec!["http://localhost:4010".into()],
            ..OperatorEgress::default()
        });
        let loopback = ["127.0.0.1".parse().unwrap()];
        let public = allow.target("https://api.example.net").unwrap().origin;
        assert!(allow.judge(&public, &loopback).is_err());
        let local = allow.target("http://localhost:4010").unwrap().origin;
        assert!(allow.judge(&local, &loopback).is_ok());
        assert!(allow.judge(&local, &["10.0.0.1".parse().unwrap()]).is_err());
    }

    #[test]
    fn a_refusal_shows_neither_query_nor_user_information() {
        for text in [
            "https://user:hunter2@api.example.net",
            "https://evil.net/?token=hunter2",
            "https://api.example.net/?token=hunter2\n",
            "https://user:hunter2@api.example.net\t",
            "https://hunter2@api.example.net/\\",
        ] {
            let refusal = strict().target(text).unwrap_err();
            assert!(!refusal.to_string().contains("hunter2"), "{refusal}");
        }
    }
}
