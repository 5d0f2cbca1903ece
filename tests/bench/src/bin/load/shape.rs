//! Who has how many connections.

use anyhow::ensure;

/// What kind of client a connection is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The one with three tenths of all connections.
    Large,
    /// One with a single connection.
    Single,
    /// Any other.
    Other,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Single, Self::Other, Self::Large];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Large => "the large client",
            Self::Single => "clients with one connection",
            Self::Other => "the others",
        }
    }
}

/// How many connections each client has.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    /// Client of each connection.
    of: Vec<usize>,
    clients: usize,
}

impl Size {
    pub(crate) fn new(connections: usize, clients: usize) -> anyhow::Result<Self> {
        let (large, single) = (connections * 3 / 10, clients / 2);
        let rest = clients.saturating_sub(single + 1);
        ensure!(
            rest > 0 && connections >= large.max(2) + single + 2 * rest,
            "{connections} connections are too few for {clients} clients, or {clients} clients too few; the default is 1000 and 200"
        );
        let mut of = vec![0; large];
        of.extend(1..=single);
        let others = connections - of.len();
        of.extend((0..others).map(|place| 1 + single + place % rest));
        Ok(Self { of, clients })
    }

    pub(crate) fn connections(&self) -> usize {
        self.of.len()
    }

    pub(crate) fn clients(&self) -> usize {
        self.clients
    }

    pub(crate) fn client_of(&self, connection: usize) -> usize {
        self.of.get(connection).copied().unwrap_or_default()
    }

    pub(crate) fn kind_of(&self, connection: usize) -> Kind {
        match self.client_of(connection) {
            0 => Kind::Large,
            client if client <= self.clients / 2 => Kind::Single,
            _ => Kind::Other,
        }
    }
}
