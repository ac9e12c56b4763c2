//! Evidence holds against an operator who cheats, and never against one who does not.

use super::{fixture, json_fixture};
use crate::Code;
use crate::bundle::Bundle;
use crate::dispute::exclusion::{Contradiction, ExclusionEvidence, exclusion};
use crate::dispute::{EvidenceKind, Inconclusive, verify};
use crate::testing::disputes::{Dispute, Outcome, Pair};
use crate::verdict::{State, Verdict};
use quittance_ledger::MarketKey;
use std::sync::OnceLock;

pub(super) fn dispute() -> &'static Dispute {
    static DISPUTE: OnceLock<Dispute> = OnceLock::new();
    DISPUTE.get_or_init(Dispute::new)
}

/// Proofs take their time: the forger works once.
fn cheats() -> &'static [Pair] {
    static CHEATS: OnceLock<Vec<Pair>> = OnceLock::new();
    CHEATS.get_or_init(|| dispute().cheats())
}

/// The outcome, and the words that say why.
fn outcome(answer: &Result<Verdict, Inconclusive>) -> (Outcome, String) {
    match answer {
        Ok(verdict) if verdict.verified => {
            assert!(verdict.checks.iter().all(|check| check.state == State::Passed), "{verdict:?}");
            (Outcome::Holds, verdict.checks.last().unwrap().compared.clone())
        }
        Ok(verdict) => {
            assert_eq!(verdict.code, Some(Code::EvidenceRefuted), "{verdict:?}");
            (Outcome::Refuted, "evidence_refuted".into())
        }
        Err(Inconclusive(reject)) => (Outcome::Inconclusive, format!("{}: {reject}", reject.code)),
    }
}

fn kind_of(file: &[u8]) -> EvidenceKind {
    match file.starts_with(br#"{"contradiction""#) {
        true => EvidenceKind::Exclusion,
        false => EvidenceKind::Fork,
    }
}

fn pack(pair: &Pair, bid: Option<&[u8]>) -> Result<Vec<u8>, Inconclusive> {
    let key = dispute().key();
    let made = exclusion(&pair.receipt, &pair.bundle, bid, &key)?;
    // Whoever packs a file is told what a stranger is told who verifies it.
    assert_eq!(verify(kind_of(&made.file), &made.file, &key).as_ref(), Ok(&made.verdict));
    Ok(made.file)
}

fn check(pair: &Pair) -> Option<Vec<u8>> {
    let packed = pack(pair, pair.bid.as_deref());
    let answer = packed.clone().and_then(|file| verify(kind_of(&file), &file, &dispute().key()));
    let (found, why) = outcome(&answer);
    assert_eq!(found, pair.outcome, "{}: {why}", pair.name);
    assert!(why.starts_with(pair.code), "{}: {why}", pair.name);
    packed.ok()
}

#[test]
fn a_cheat_is_shown_to_strangers() {
    assert!(cheats().len() >= 10);
    let mut kinds = Vec::new();
    for pair in cheats() {
        let file = check(pair).unwrap();
        let verdict = verify(kind_of(&file), &file, &dispute().key()).unwrap();
        let promised = verdict.checks[0].compared.contains(", a bid, in a tree of ");
        assert_eq!(promised, kind_of(&file) == EvidenceKind::Exclusion, "{verdict:?}");
        kinds.push((pair.name, kind_of(&file)));
        // Nobody else's log is accused.
        let mut other = dispute().key();
        other.log =
            "example.com/models+ecebc950+AZf/yIPIC+5yN++V2bm3A9StY+YKIeYFhnaCt1uLP0MD".parse().unwrap();
        assert_eq!(outcome(&verify(kind_of(&file), &file, &other)).0, Outcome::Inconclusive, "{}", pair.name);
        // The bid is needed only where another entry stands in its place.
        let without = pack(pair, None);
        let replaced = String::from_utf8_lossy(&file).contains("\"replaced\"");
        assert_eq!(without.is_err(), replaced, "{}: {without:?}", pair.name);
        assert!(without.is_err() || without.unwrap() == file, "{}", pair.name);
    }
    let forks = ["earlier-entry-edited", "two-roots-of-one-size"];
    for (name, kind) in kinds {
        assert_eq!(kind == EvidenceKind::Fork, forks.contains(&name), "{name}");
    }
}

/// A settlement is held against a promise where the promised entry stands: another entry there is a fork, and is to be
/// shown as one.
#[test]
fn the_settlement_of_another_history_is_no_contradiction() {
    let pair = cheats().iter().find(|pair| pair.name == "entry-edited").unwrap();
    let packed = ExclusionEvidence::parse(&pack(pair, pair.bid.as_deref()).unwrap()).unwrap();
    let bundle = Box::new(Bundle::parse(&pair.bundle).unwrap());
    let evidence = ExclusionEvidence { contradiction: Contradiction::Settled(bundle), ..packed };
    let Inconclusive(reject) = evidence.verify(&dispute().key()).unwrap_err();
    assert_eq!(reject.code, Code::LogForked, "{reject}");
}

#[test]
fn an_honest_operator_is_not_framed() {
    for pair in &dispute().frames() {
        check(pair);
    }
    for case in &dispute().crafted() {
        let (found, why) = outcome(&verify(kind_of(&case.file), &case.file, &dispute().key()));
        assert_eq!(found, case.outcome, "{}: {why}", case.name);
        assert!(why.starts_with(case.code), "{}: {why}", case.name);
    }
}

/// What another implementation would do with the folder of evidence.
#[test]
fn every_file_of_evidence_ends_as_expected() {
    let file = |name: &str| fixture(&format!("evidence/{name}"));
    let key: MarketKey = String::from_utf8(file("market.vkey")).unwrap().parse().unwrap();
    let expected = json_fixture("evidence/expected.json");
    let expected = expected.as_object().unwrap();
    assert!(expected.len() >= 20);
    for (name, how) in expected {
        let evidence = file(name);
        let (found, why) = outcome(&verify(kind_of(&evidence), &evidence, &key));
        assert_eq!(found.word(), how["outcome"], "{name}: {why}");
        assert!(why.starts_with(how["code"].as_str().unwrap()), "{name}: {why}");
    }
}

/// Files are small where a fork is all there is to show, and hold no key where no proof is judged.
#[test]
fn evidence_holds_no_more_than_it_needs() {
    let file = |name: &str| {
        let pair = cheats().iter().find(|pair| pair.name == name).unwrap();
        (check(pair).unwrap(), &pair.bundle)
    };
    for name in ["entry-edited", "two-roots-of-one-size", "earlier-entry-edited"] {
        let (evidence, bundle) = file(name);
        assert!(evidence.len() < 8_000 && evidence.len() * 3 < bundle.len(), "{name}: {}", evidence.len());
    }
    for (name, needed) in [("bid-left-out", false), ("payment-changed", false), ("price-raised", true)] {
        let has = !String::from_utf8(file(name).0).unwrap().contains("\"verifying_key\":null");
        assert_eq!(has, needed, "{name}");
    }
}

/// With any one character changed, evidence that did not hold does not hold either, and evidence that held never
/// ends as an accusation of something else than what was signed.
fn no_change_makes_it_hold(file: &[u8], positions: impl Iterator<Item = usize>, key: &MarketKey) {
    let kind = kind_of(file);
    for position in positions {
        for replacement in [b'0', b'1', b'f'] {
            let mut changed = file.to_vec();
            if changed[position] == replacement {
                continue;
            }
            changed[position] = replacement;
            let (found, _) = outcome(&verify(kind, &changed, key));
            assert_ne!(found, Outcome::Holds, "byte {position} of {}", String::from_utf8_lossy(file));
        }
    }
}

#[test]
fn no_changed_byte_makes_evidence() {
    let key = dispute().key();
    let frames = dispute().frames();
    let honest = check(frames.iter().find(|pair| pair.name == "honest").unwrap()).unwrap();
    let stretch = honest.len() / 150;
    no_change_makes_it_hold(&honest, (0..honest.len()).step_by(stretch), &key);
    for case in dispute().crafted() {
        no_change_makes_it_hold(&case.file, 0..case.file.len(), &key);
    }
}
