//! Which entries before a round its bundle must hold, so that a stranger can judge the round's own entries.

use crate::entry::{MemberId, ModelId, Payload, RoundId};
use crate::market::{Market, Member, Round};
use std::collections::BTreeSet;
use std::iter;

impl Payload {
    /// The round that an entry is about; none for those about members, keys, rules, models and blobs, and for
    /// the entry that opens a round.
    #[must_use]
    pub fn round(&self) -> Option<RoundId> {
        match self {
            Self::Report(payload) => Some(payload.round),
            Self::Bid(payload) => Some(payload.round),
            Self::Close(payload) => Some(payload.round),
            Self::Settlement(payload) => Some(payload.round),
            Self::Abort(payload) => Some(payload.round),
            Self::Market(_)
            | Self::Member(_)
            | Self::KeyRotate(_)
            | Self::KeyRevoke(_)
            | Self::RuleAdmit(_)
            | Self::RuleWithdraw(_)
            | Self::Model(_)
            | Self::Round(_)
            | Self::Erasure(_) => None,
        }
    }

    /// The member whose keys an entry changes.
    #[must_use]
    pub fn changes_keys_of(&self) -> Option<MemberId> {
        match self {
            Self::KeyRotate(payload) => Some(payload.member),
            Self::KeyRevoke(payload) => Some(payload.member),
            _ => None,
        }
    }
}

/// What a round, and the rounds that it draws on, mention.
#[derive(Default)]
struct Mentioned {
    rounds: BTreeSet<RoundId>,
    members: BTreeSet<MemberId>,
    models: BTreeSet<ModelId>,
}

impl Mentioned {
    fn add(&mut self, market: &Market, round: &Round) {
        if !self.rounds.insert(round.id) {
            return;
        }
        let entry = &round.entry;
        let named = entry.sellers.iter().chain(&entry.evaluator).chain(entry.parties.iter().flatten());
        self.members.extend(named);
        self.members.extend(round.rows.iter().map(|row| row.member));
        self.members.extend(round.reports.iter().filter_map(|report| report.entry.subject));
        let reported = round.reports.iter().filter_map(|report| report.entry.model);
        for model in entry.items.iter().copied().chain(reported) {
            self.models.insert(model);
            self.members.extend(market.model(model).map(|model| model.seller));
        }
        let related = entry.revenue_from.map(|source| source.round).into_iter().chain(entry.reopens);
        related.filter_map(|id| market.round(id)).for_each(|round| self.add(market, round));
    }
}

/// The indices, below the round entry's, of the entries that a bundle of the round must hold.
///
/// All admissions and withdrawals of rules; of members, keys and models those that the round mentions; of other
/// rounds those that it draws on, whole.
#[must_use]
pub fn needed(market: &Market, round: &Round) -> BTreeSet<u64> {
    let mut mentioned = Mentioned::default();
    mentioned.add(market, round);
    let members = mentioned.members.iter().filter_map(|id| market.member(*id)).flat_map(Member::entries);
    let models = mentioned.models.iter().filter_map(|id| market.model(*id)).map(|model| model.index);
    let rounds = mentioned.rounds.iter().filter_map(|id| market.round(*id)).flat_map(Round::entries);
    let rules = market.rule_entries().iter().copied();
    let all = iter::once(0).chain(members).chain(models).chain(rounds).chain(rules);
    all.filter(|index| *index < round.index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{
        CircuitKeyId, KeyRevoke, KeyRotate, Kind, Provenance, RevenueSource, RuleAdmit, RuleWithdraw,
    };
    use crate::testing::{TestMarket, cases, digest, fixed, market_id, public_key, seal_secret};
    use quittance_circuits::number::Count;
    use quittance_ledger::Entry;

    /// As [`needed`], by looking at every entry.
    fn found(entries: &[Entry], market: &Market, round: &Round) -> BTreeSet<u64> {
        let mut mentioned = Mentioned::default();
        mentioned.add(market, round);
        let wanted = |entry: &Entry| {
            let id = entry.record_id();
            match Payload::of_entry(entry).unwrap() {
                Payload::Market(_) | Payload::RuleAdmit(_) | Payload::RuleWithdraw(_) => true,
                Payload::Member(_) => mentioned.members.contains(&MemberId::from(id)),
                Payload::Model(_) => mentioned.models.contains(&ModelId::from(id)),
                Payload::Round(_) => mentioned.rounds.contains(&RoundId::from(id)),
                payload => {
                    payload.round().is_some_and(|round| mentioned.rounds.contains(&round))
                        || payload.changes_keys_of().is_some_and(|member| mentioned.members.contains(&member))
                }
            }
        };
        let before = (0..round.index).zip(entries);
        before.filter(|(_, entry)| wanted(entry)).map(|(index, _)| index).collect()
    }

    /// In every history of the tests' cases, and one with keys, rules and rounds of every fate.
    #[test]
    fn what_a_market_knows_is_what_its_entries_say() {
        let mut markets: Vec<TestMarket> = cases::all()
            .into_iter()
            .map(|case| {
                let mut test = TestMarket::example();
                (case.run)(&mut test);
                test
            })
            .collect();
        markets.push(eventful());
        let mut compared = 0;
        for test in &markets {
            for round in test.market.rounds() {
                assert_eq!(needed(&test.market, round), found(&test.entries, &test.market, round));
                compared += 1;
            }
        }
        assert!(compared > 100, "{compared} rounds");
        let eventful = markets.last().unwrap();
        let kinds: BTreeSet<Kind> = needed(&eventful.market, eventful.market.rounds().last().unwrap())
            .into_iter()
            .map(|index| {
                Payload::of_entry(&eventful.entries[usize::try_from(index).unwrap()]).unwrap().kind()
            })
            .collect();
        let all = [
            Kind::Market,
            Kind::Member,
            Kind::KeyRotate,
            Kind::KeyRevoke,
            Kind::RuleAdmit,
            Kind::RuleWithdraw,
            Kind::Model,
            Kind::Report,
            Kind::Round,
            Kind::Bid,
            Kind::Close,
            Kind::Settlement,
        ];
        assert_eq!(kinds, all.into(), "every kind that a round can draw on");
    }

    /// A split of an auction's proceeds, after keys were changed and rules withdrawn and admitted again.
    fn eventful() -> TestMarket {
        let mut test = TestMarket::example();
        let auction = test.auction();
        for name in ["acme", "birch"] {
            test.append(test.bid(auction, name, 70)).unwrap();
        }
        test.put(test.report(auction, "acme", 1_000), &["judge"]);
        test.settle(auction, 100);
        let (market, member) = (market_id(), test.id("river"));
        let rotation = KeyRotate {
            market: market.clone(),
            member,
            key: public_key("river-2"),
            seal_key: seal_secret("river-2").public(),
        };
        test.put(rotation, &["operator", "river", "river-2"]);
        let revocation =
            KeyRevoke { market: market.clone(), member, key: public_key("river"), from_index: Count(9) };
        test.put(revocation, &["operator"]);
        // A member whom the split does not mention.
        let other = KeyRevoke {
            market: market.clone(),
            member: test.id("cedar"),
            key: public_key("cedar"),
            from_index: Count(9),
        };
        test.put(other, &["operator"]);
        let key = test.market.rule(&fixed("uniform-price/v1")).unwrap().keys()[0];
        let (tier, circuit_key, rule) = (Some(key.tier), Some(key.circuit_key), fixed("uniform-price/v1"));
        test.put(RuleWithdraw { market: market.clone(), rule, tier, circuit_key }, &["operator"]);
        let circuit_key = Some(CircuitKeyId(digest("another circuit key")));
        let provenance = Some(Provenance::SingleParty);
        test.put(
            RuleAdmit { market, rule: fixed("uniform-price/v1"), tier, circuit_key, provenance },
            &["operator"],
        );
        let source = RevenueSource { round: auction, seller: member };
        let split = test.split_of(Some(source), 100);
        test.put(split, &["operator", "river-2"]);
        test
    }
}
