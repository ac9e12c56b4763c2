//! What an entry that was found good changes. Nothing here can fail.

use super::who::KeyOwner;
use super::{
    Aborted, Closed, Market, Member, MemberKey, Model, Report, Revocation, Round, Row, Settled, Status,
};
use crate::entry::{AdmittedRule, BlobDigest, CircuitKeyId, MemberId, RoundId, RuleId, Tier};
use quittance_ledger::{KeyId, RecordId};

/// One entry's effect.
pub(super) enum Change {
    Member(Member),
    KeyRotate(MemberId, MemberKey),
    KeyRevoke(MemberId, KeyId, Revocation),
    RuleAdmit(AdmittedRule),
    RuleWithdraw(RuleId, Option<Tier>, Option<CircuitKeyId>),
    Model(Model),
    Report(RoundId, Report),
    Round(Box<Round>),
    Row(RoundId, Row),
    Close(RoundId, Closed),
    Settlement(RoundId, Settled),
    Abort(RoundId, Aborted),
    Erasure(BlobDigest),
}

impl Market {
    /// Makes the change. Ids in a change were looked up when it was made, so every look-up here finds.
    pub(super) fn commit(&mut self, index: u64, id: RecordId, change: Change) {
        self.next_index = index.saturating_add(1);
        self.records.insert(id, index);
        match change {
            Change::Member(member) => {
                self.keys.extend(member.keys.iter().map(|key| (key.key.id(), KeyOwner::Member(member.id))));
                self.members.insert(member.id, member);
            }
            Change::KeyRotate(member, key) => {
                self.keys.insert(key.key.id(), KeyOwner::Member(member));
                if let Some(member) = self.members.get_mut(&member) {
                    member.keys.iter_mut().for_each(|old| old.end(index));
                    member.keys.push(key);
                }
            }
            Change::KeyRevoke(member, id, revocation) => {
                let keys = self.members.get_mut(&member).map(|member| member.keys.iter_mut());
                if let Some(key) = keys.and_then(|mut keys| keys.find(|key| key.key.id() == id)) {
                    key.end(index);
                    key.revoked = Some(revocation);
                }
            }
            Change::RuleAdmit(rule) => {
                self.rule_entries.push(index);
                self.rules.entry(rule.rule.clone()).or_default().admit(&rule);
            }
            Change::RuleWithdraw(rule, tier, key) => {
                self.rule_entries.push(index);
                self.rules.entry(rule).or_default().withdraw(tier, key);
            }
            Change::Model(model) => drop(self.models.insert(model.id, model)),
            Change::Round(round) => drop(self.rounds.insert(round.id, *round)),
            Change::Report(round, report) => self.update(round, |round| round.push_report(report)),
            Change::Row(round, row) => self.update(round, |round| round.push(row)),
            Change::Close(round, closed) => self.update(round, |round| round.status = Status::Closed(closed)),
            Change::Settlement(round, settled) => self.update(round, |round| {
                if let Status::Closed(closed) = round.status {
                    round.status = Status::Settled(closed, settled);
                }
            }),
            Change::Abort(round, aborted) => {
                self.update(round, |round| round.status = Status::Aborted(round.closed(), aborted));
            }
            Change::Erasure(blob) => drop(self.erased.insert(blob, index)),
        }
    }

    fn update(&mut self, round: RoundId, change: impl FnOnce(&mut Round)) {
        if let Some(round) = self.rounds.get_mut(&round) {
            change(round);
        }
    }
}
