//! What an entry says, in a sentence.

use super::Site;
use crate::page::facts::short;
use crate::page::terms::when;
use crate::page::units::{Unit, title};
use crate::shell::printable;
use maud::{Markup, html};
use quittance_engine::entry::{MemberId, Payload, Provenance, Tier};
use quittance_engine::market::Member;
use quittance_ledger::{RecordId, Store};

/// The sentence of the entry with this record id, on a page one folder down.
pub fn said<S: Store>(site: &Site<'_, S>, id: RecordId, payload: &Payload) -> Markup {
    let member = |id: MemberId| site.member_link(id);
    html! {
        @match payload {
            Payload::Market(entry) => {
                "The market begins. Amounts are in " (printable(entry.currency.as_str())) " with " (entry.decimals) " decimals; "
                @if entry.witness_policy.is_some() { "witnesses cosign its checkpoints." } @else { "it has no witnesses." }
            }
            Payload::Member(entry) => {
                (member(id.into())) " joins"
                @for (place, role) in entry.roles.iter().enumerate() { @if place == 0 { " as " } @else { ", " } (role) }
                "."
            }
            Payload::KeyRotate(entry) => { (member(entry.member)) " takes a new key." }
            Payload::KeyRevoke(entry) => {
                "A key of " (member(entry.member)) " is revoked; what it signed from entry " (entry.from_index) " on is contested."
            }
            Payload::RuleAdmit(entry) => {
                "Rounds may use " (rule(entry.rule.as_str(), entry.tier))
                @match &entry.provenance {
                    Some(Provenance::SingleParty) => ", with a circuit key that the operator made alone.",
                    Some(Provenance::Ceremony(_)) => ", with a circuit key from a ceremony, as the operator claims.",
                    None => ", which needs no proof.",
                }
            }
            Payload::RuleWithdraw(entry) => { "New rounds may no longer use " (rule(entry.rule.as_str(), entry.tier)) "." }
            Payload::Model(entry) => {
                @match site.market.model(id.into()) { Some(model) => (member(model.seller)), None => "A seller" }
                " commits to a model for " (printable(entry.task.as_str())) ", " (entry.size) " bytes"
                @if entry.parent.is_some() { ", made from another" }
                "."
            }
            Payload::Report(entry) => {
                @let measure = title(entry.measure.word());
                "An evaluator reports on " (site.round_link(entry.round)) ": "
                (measure) " " (site.units.said(Unit::Ppm, entry.value_ppm.0.into()))
                @if let Some(subject) = entry.subject { " for " (member(subject)) }
                ", by " (printable(entry.metric.as_str())) "."
            }
            Payload::Round(entry) => {
                (site.round_as("Round", id.into())) " opens: " code { (printable(entry.rule.as_str())) }
                ", bids until " (when(&entry.close_at)) "."
            }
            Payload::Bid(entry) => {
                (member(entry.member)) " is in " (site.round_link(entry.round))
                @if entry.commitment.is_some() { ", with sealed numbers." } @else { ", with public numbers." }
            }
            Payload::Close(entry) => { (site.round_as("Round", entry.round)) " closes with " (entry.rows) @if entry.rows.0 == 1 { " row." } @else { " rows." } }
            Payload::Settlement(entry) => {
                (site.round_as("Round", entry.round)) " is settled"
                @if entry.proof.is_some() { ", with a proof." } @else { "." }
            }
            Payload::Abort(entry) => { (site.round_as("Round", entry.round)) " is aborted: " code { (printable(entry.code.as_str())) } "." }
            Payload::Erasure(entry) => { (erased(site, entry.blob)) }
        }
    }
}

fn rule(id: &str, tier: Option<Tier>) -> Markup {
    html! { code { (printable(id)) } @if let Some(tier) = tier { " for " (tier) " rows" } }
}

fn erased<S: Store>(site: &Site<'_, S>, blob: quittance_engine::entry::BlobDigest) -> Markup {
    let whose: Option<&Member> = site.market.members().find(|member| member.entry.name == blob);
    html! {
        @match whose {
            Some(member) => { "The name of " (site.member_link(member.id)) " was erased." },
            None => { "A model’s notes, " code { (short(&blob)) } ", were erased." },
        }
    }
}
