//! What a bundle says, whether or not it holds: for pages that show it beside its verdict, and never instead of it.

use crate::bundle::Bundle;
use crate::entry::{Payload, RoundId};
use crate::market::{Market, Round};
use crate::verify::believe_source;
use quittance_ledger::Entry;
use std::collections::BTreeMap;

/// A bundle's market and round, as far as its entries can be taken in.
#[derive(Debug, Clone)]
pub struct Told {
    /// The market, with what of the entries it took.
    pub market: Market,
    /// The round that the bundle's range starts with.
    pub round: RoundId,
    /// The operator's times of the range's entries, milliseconds since 1970, by index.
    pub times: BTreeMap<u64, u64>,
}

impl Told {
    /// Reads the entries of a bundle. Nothing is compared with the market's key or with the signed tree, and an entry
    /// that the market refuses is passed over: [`crate::verify::verify`] says so. `None` if not even the market
    /// and its round can be read.
    #[must_use]
    pub fn of(bundle: &Bundle) -> Option<Self> {
        let entry0 = Entry::decode(&bundle.entries.first()?.entry.0).ok()?;
        let mut market = Market::open(&entry0).ok()?;
        for proved in bundle.entries.iter().skip(1) {
            if let Ok(entry) = Entry::decode(&proved.entry.0) {
                let _ = market.apply(proved.index.0, &entry);
            }
        }
        let (mut round, mut times) = (None, BTreeMap::new());
        for (index, encoded) in (bundle.range.first.0..).zip(&bundle.range.entries) {
            let Ok(entry) = Entry::decode(&encoded.0) else { continue };
            times.insert(index, entry.time_ms());
            if round.is_none() {
                believe_source(&mut market, &Payload::of_entry(&entry).ok()?);
                round = Some(RoundId::from(entry.record_id()));
            }
            let _ = market.apply(index, &entry);
        }
        let round = round?;
        market.round(round)?;
        Some(Self { market, round, times })
    }

    /// The round; there, in whatever [`Self::of`] made.
    #[must_use]
    pub fn round(&self) -> Option<&Round> {
        self.market.round(self.round)
    }
}
