//! Writes the ledger of a large market, to measure with: members, then rounds full of sealed bids, all of them signed.
//!
//! `cargo run --release -p quittance-cli --example big_ledger -- DIR ENTRIES`, then
//! `quittance ledger replay --ledger DIR/ledger --market DIR/market.vkey`

use quittance_circuits::number::Count;
use quittance_engine::bid::{BidRequest, make_bid};
use quittance_engine::entry::{
    AdmittedRule, BlobDigest, CircuitKeyId, Close, Disclosure, EntryPayload, FileDigest, MarketEntry,
    MarketId, MemberEntry, MemberId, ModelCommitment, ModelId, Nonce, Provenance, Role, RoundEntry, RoundId,
    RoundKey, RowSigners, entry_of,
};
use quittance_engine::seal::HpkeSecret;
use quittance_ledger::{
    Envelope, FileAnchor, Log, LogKey, MarketKey, PublicKey, RocksStore, SigningKey, WitnessPolicy,
};
use rayon::prelude::*;
use serde_json::json;
use std::error::Error;
use std::path::PathBuf;

/// Rows of a full round.
const ROWS: usize = 65_536;
/// Entries in one synced write.
const BATCH: usize = 1000;

/// Somebody's secrets, for good: they are published here.
fn secret(name: &str) -> [u8; 32] {
    blake3::derive_key("quittance big ledger", name.as_bytes())
}

fn signing_key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&secret(name))
}

struct Writer {
    log: Log<RocksStore>,
    waiting: Vec<Envelope>,
}

impl Writer {
    fn size(&self) -> usize {
        self.log.size() as usize + self.waiting.len()
    }

    fn put(&mut self, envelope: Envelope) -> Result<(), Box<dyn Error>> {
        self.waiting.push(envelope);
        if self.waiting.len() == BATCH { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Box<dyn Error>> {
        let first = self.log.size();
        let entries = (first..).zip(self.waiting.drain(..)).map(|(index, file)| entry_of(file, index));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        self.log.append(entries)?;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (dir, size) = (arguments.next().map(PathBuf::from), arguments.next());
    let (Some(dir), Some(size)) = (dir, size) else { return Err("usage: big_ledger DIR ENTRIES".into()) };
    let size: usize = size.parse()?;
    std::fs::create_dir_all(&dir)?;

    let market = MarketId("example.com/big".parse()?);
    let log_key = LogKey::new(market.0.clone(), signing_key("log"));
    let operator = signing_key("operator");
    let key = CircuitKeyId(secret("a circuit key that nobody has"));
    let rule = "uniform-price/v1".parse::<quittance_engine::entry::RuleId>()?;
    let tier = "65536".parse()?;
    let admitted = AdmittedRule {
        rule: rule.clone(),
        tier: Some(tier),
        circuit_key: Some(key),
        provenance: Some(Provenance::SingleParty),
    };
    let entry0 = MarketEntry {
        market: market.clone(),
        currency: "EUR".parse()?,
        decimals: Count(2),
        log_key: log_key.verifier_key().to_string(),
        operator_key: PublicKey::from(&operator).into(),
        rules: vec![admitted],
        witness_policy: None,
    };
    let mut writer = Writer { log: Log::open(RocksStore::create(dir.join("ledger"))?)?, waiting: Vec::new() };
    let entry0 = entry_of(entry0.sign(&[log_key.signing_key()])?, 0)?;
    let market_key =
        MarketKey { log: log_key.verifier_key(), entry0: entry0.leaf_hash(), policy: WitnessPolicy::none() };
    std::fs::write(dir.join("market.vkey"), market_key.to_string())?;
    writer.log.append(vec![entry0])?;

    // As many members as a full round has rows, or a third of a small ledger.
    let members = ROWS.min(size / 3);
    let requests: Vec<Envelope> = (0..=members)
        .into_par_iter()
        .map(|member| {
            let (name, roles) =
                (format!("member {member}"), [if member == 0 { Role::Seller } else { Role::Bidder }]);
            let entry = MemberEntry {
                market: market.clone(),
                name: BlobDigest(secret(&format!("name of {name}"))),
                key: PublicKey::from(&signing_key(&name)).into(),
                seal_key: HpkeSecret::from_bytes(&secret(&name)).public(),
                roles: roles.into(),
            };
            entry.sign(&[&operator, &signing_key(&name)])
        })
        .collect::<Result<_, _>>()?;
    let ids: Vec<MemberId> = requests.iter().map(|request| request.record_id().into()).collect();
    requests.into_iter().try_for_each(|request| writer.put(request))?;
    let seller = signing_key("member 0");

    let mut number = 0;
    while writer.size() + 4 < size {
        number += 1;
        let model = ModelCommitment {
            market: market.clone(),
            artifact: FileDigest(secret(&format!("model {number}"))),
            size: Count(1),
            task: "digits".parse()?,
            parent: None,
            notes: None,
        };
        let model = model.sign(&[&seller])?;
        let item = ModelId::from(model.record_id());
        writer.put(model)?;
        let round = RoundEntry {
            market: market.clone(),
            rule: rule.clone(),
            terms: json!({ "copies": "5", "fee_bps": "100", "reserve_price": "1" }),
            disclosure: Disclosure::Public,
            circuit_keys: vec![RoundKey { tier, circuit_key: key }],
            items: vec![item],
            sellers: vec![ids[0]],
            evaluator: None,
            row_signers: RowSigners::Owner,
            parties: None,
            revenue_from: None,
            reopens: None,
            dust_to: None,
            close_at: "2030-01-01T12:00:00Z".parse()?,
            abort_at: "2030-01-02T12:00:00Z".parse()?,
            hpke_key: Some(HpkeSecret::from_bytes(&secret("round")).public()),
        };
        let round = round.sign(&[&operator, &seller])?;
        let id = RoundId::from(round.record_id());
        writer.put(round.clone())?;
        let (first, rows) = (writer.size(), members.min(size - writer.size() - 1));
        let bids: Vec<Envelope> = (1..=rows)
            .into_par_iter()
            .map(|member| {
                let name = format!("member {member}");
                let request = BidRequest {
                    member: ids[member],
                    numbers: &[member as u64],
                    public: json!({}),
                    seed: &secret(&format!("seed of {name}")),
                    nonce: Nonce(secret(&format!("{name} in round {number}"))),
                    signing_key: &signing_key(&name),
                };
                make_bid(&round, request).map(|bid| bid.envelope)
            })
            .collect::<Result<_, _>>()?;
        bids.into_iter().try_for_each(|bid| writer.put(bid))?;
        let close = Close {
            market: market.clone(),
            round: id,
            first: Count(first as u64),
            last: Count((first + rows) as u64 - 1),
            rows: Count(rows as u64),
        };
        writer.put(close.sign(&[&operator])?)?;
        eprintln!("{} entries", writer.size());
    }
    writer.write()?;
    writer.log.publish_checkpoint(&log_key, &FileAnchor::at(dir.join("ledger.anchor")))?;
    println!("{} entries", writer.log.size());
    Ok(())
}
