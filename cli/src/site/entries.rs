//! The entries, 256 a page: what each says in words and field by field, its bytes, and a proof of where they stand.

use super::frame::{self, Depth};
use super::said::said;
use super::{Put, Site, WIDTH, time, unread};
use crate::error::CliError;
use crate::page::facts::short;
use crate::shell::printable;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use quittance_circuits::json;
use quittance_engine::entry::{Kind, Payload};
use quittance_engine::market::Member;
use quittance_ledger::{Entry, KeyId, RecordId, SignedCheckpoint, Store};
use serde_json::{Map, Value, json};

pub fn write<S: Store>(
    site: &Site<'_, S>,
    put: &mut Put<'_>,
    done: &mut dyn FnMut(u64),
) -> Result<(), CliError> {
    let mut first = 0;
    while first < site.size() {
        let width = WIDTH.min(site.size() - first);
        put(&format!("entries/{first}.html"), page(site, first, first + width)?.as_bytes())?;
        done(width);
        first += width;
    }
    Ok(())
}

/// What the script needs beside the entries: base64 of a document, so that nothing in it can end its element.
pub fn proof(note: &SignedCheckpoint, first: u64, beside: &[String]) -> Markup {
    let note = String::from_utf8_lossy(&note.to_bytes()).into_owned();
    let document = json!({ "checkpoint": note, "first": first.to_string(), "proof": beside });
    html! { script #proof type="text/plain" { (STANDARD.encode(json::canonical(&document))) } }
}

fn page<S: Store>(site: &Site<'_, S>, first: u64, end: u64) -> Result<String, CliError> {
    let entries = site.log.entries(first..end).map_err(unread)?;
    let beside = site.log.prove_range(first..end, site.size()).map_err(unread)?;
    let beside: Vec<String> = beside.0.iter().map(ToString::to_string).collect();
    let last = site.size() - 1;
    let path = |first: u64| format!("{first}.html");
    let (before, after) = (first.checked_sub(WIDTH), Some(end).filter(|end| *end <= last));
    let ends = [
        before.map(|_| path(0)),
        before.map(path),
        after.map(path),
        after.map(|_| path(last - last % WIDTH)),
    ];
    let pager = frame::pager(&format!("{first} to {} of {}", end - 1, site.size()), ends);
    let main = html! {
        h1 { "Entries " (first) " to " (end - 1) }
        (frame::check("Then the entries stand here as their bytes say them, each in its place below the ledger’s signed checkpoint; what the site says of them is marked."))
        (pager)
        @for (index, entry) in (first..).zip(&entries) { (article(site, index, entry)) }
        (pager)
        (proof(site.note, first, &beside))
        @for entry in &entries { script.entry type="text/plain" { (STANDARD.encode(entry.encode())) } }
    };
    Ok(frame::page(site, Depth::Below, &format!("Entries {first} to {}", end - 1), &main))
}

fn article<S: Store>(site: &Site<'_, S>, index: u64, entry: &Entry) -> Markup {
    let (payload, id) = (Payload::of_entry(entry), entry.record_id());
    let kind = Kind::of_byte(entry.kind()).map_or("unknown", Kind::word);
    let fields = serde_json::from_slice::<Map<String, Value>>(entry.envelope().payload()).unwrap_or_default();
    let keys: Vec<KeyId> = entry.envelope().signatures().iter().map(|signature| signature.key_id).collect();
    let contested = site.market.is_contested(index, &keys);
    html! {
        article.entry id={ "e" (index) } {
            h2 {
                a.place href={ "#e" (index) } { (index) }
                " " span.kind { (kind) }
            }
            p.what { @match &payload { Ok(payload) => (said(site, id, payload)), Err(reject) => (printable(&reject.found)) } }
            @if contested { p.warn { "Contested: a key that signed it was revoked, and somebody says that it was stolen by then." } }
            details {
                summary { "What was signed" }
                table.terms { tbody {
                    @for (name, value) in &fields {
                        tr { th scope="row" { (printable(name)) } td { (value_of(site, value)) } }
                    }
                } }
                dl.digests {
                    dt { "signed by" } dd { (signers(site, entry)) }
                    dt { "record" } dd { code { (id) } }
                    dt { "taken" } dd { time { (time(entry.time_ms())) } " by the operator’s clock" }
                }
            }
        }
    }
}

/// A field as it stands in the payload: text as it is, anything else as its JSON.
fn value_of<S: Store>(site: &Site<'_, S>, value: &Value) -> Markup {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let known = text.parse::<RecordId>().ok().and_then(|id| site.place_of(id));
    html! {
        @match known {
            Some(path) => a href=(path) { code { (text) } },
            None => { code { (printable(&text)) } }
        }
    }
}

/// Whose keys signed.
fn signers<S: Store>(site: &Site<'_, S>, entry: &Entry) -> Markup {
    let own = [
        (site.market.operator_key().id(), "the operator"),
        (site.market.log_key().public_key().id(), "the log"),
    ];
    html! {
        @for (place, signature) in entry.envelope().signatures().iter().enumerate() {
            @if place > 0 { ", " }
            @let member: Option<&Member> = site.market.member_by_key(signature.key_id);
            @match (member, own.iter().find(|(key, _)| *key == signature.key_id)) {
                (Some(member), _) => (site.member_link(member.id)),
                (None, Some((_, who))) => (who),
                (None, None) => "an unknown key",
            }
            " " code.id title=(signature.key_id) { (short(&signature.key_id)) }
        }
    }
}
