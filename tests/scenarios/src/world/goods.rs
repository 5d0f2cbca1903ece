//! Goods that come in.

use super::World;
use crate::format::AsnHands;

impl World {
    /// Carries out what happens to notices.
    ///
    /// # Errors
    /// When the warehouse refuses.
    pub(super) async fn goods(&self, hands: &AsnHands) -> anyhow::Result<()> {
        let host = self.host()?;
        let (store, now) = (&host.store, host.now());
        for key in &hands.confirm {
            store.confirm_asn(store.asn(key).await?.id, now).await?;
        }
        for (key, arrived) in &hands.receive {
            let arrived: Vec<(String, u32)> = arrived.iter().map(|(sku, units)| (sku.clone(), *units)).collect();
            store.receive_asn(store.asn(key).await?.id, &arrived, now).await?;
        }
        for key in &hands.book_in {
            store.book_in_asn(store.asn(key).await?.id, now).await?;
        }
        for (keys, short) in [(&hands.complete, false), (&hands.complete_short, true)] {
            for key in keys {
                store.complete_asn(store.asn(key).await?.id, short, now).await?;
            }
        }
        Ok(())
    }
}
