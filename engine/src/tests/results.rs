//! Sealed results: what each member's blob is bound to, what the statement must say of them, and that they add up.

use crate::entry::{CircuitKeyId, Disclosure, PointBytes, Provenance, RoundEntry, RoundId, Tier};
use crate::market::Round;
use crate::reject::{Code, Reject};
use crate::results::{
    OwnResults, SealedResults, by_name, check_balance, check_blobs, open_results, result_commitments,
};
use crate::seal;
use crate::settle::settle;
use crate::statement::Statement;
use crate::testing::settled::replayed;
use crate::testing::witnessed::TestOperator;
use crate::testing::{TestMarket, digest, fixed, market_id, rules, seal_secret};
use ark_std::rand::SeedableRng;
use ark_std::rand::rngs::StdRng;
use quittance_circuits::number::Wide;
use quittance_circuits::rule::Money;
use quittance_circuits::sealed::{Commitment, Opening};
use serde_json::json;

const MEMBERS: [(&str, u64, u128); 3] = [("acme", 5, 500), ("birch", 3, 300), ("cedar", 2, 200)];

/// A closed split of 1,000 whose weights `judge` seals, as it is evaluated before anything is proved.
struct Split {
    operator: TestOperator,
    round: RoundId,
    rows: Vec<Opening>,
    statement: Statement,
    results: SealedResults,
}

impl Split {
    fn new() -> Self {
        let mut admitted = rules();
        admitted[1].tier = Some(Tier { rows: 256, items: None });
        admitted[1].circuit_key = Some(CircuitKeyId(digest("a key of the split")));
        admitted[1].provenance = Some(Provenance::SingleParty);
        let mut test = TestMarket::with_members(admitted);
        let mut split = test.split_of(None, 1_000);
        split.evaluator = Some(test.id("judge"));
        split.disclosure = Disclosure::Sealed;
        split.circuit_keys = test.market.rule(&split.rule).unwrap().keys();
        split.hpke_key = Some(seal_secret("round").public());
        test.put(split, &["operator"]);
        let round = test.last_round();
        let mut rows = Vec::new();
        for (name, weight, _) in MEMBERS {
            let made = test.made_row(round, name, &[weight], json!({}), "judge");
            test.append(made.envelope).unwrap();
            rows.extend(made.sealed.map(|row| row.opening));
        }
        Self::of(&test, round, rows)
    }

    /// Closes and evaluates a round of these rows.
    fn of(test: &TestMarket, round: RoundId, rows: Vec<Opening>) -> Self {
        let mut operator = replayed(test);
        operator.close(round, 1_000_000).unwrap();
        let tree = operator.close_checkpoint(round).unwrap().head();
        let evaluated = settle(operator.market(), round, tree, &rows, &mut StdRng::seed_from_u64(4)).unwrap();
        Self { operator, round, rows, statement: evaluated.statement, results: evaluated.results }
    }

    /// A menu of one tier, whose buyers sign their own rows and pay in secret: 1,000 of acme, nothing of birch.
    fn menu() -> Self {
        let mut admitted = rules();
        admitted[0].rule = fixed("quality-menu/v1");
        let mut test = TestMarket::with_members(admitted);
        let rule = fixed("quality-menu/v1");
        let menu = RoundEntry {
            terms: json!({ "fee_bps": "0", "tiers": [{ "gain_ppm": "100", "threshold_per_ppm": "10" }] }),
            disclosure: Disclosure::Sealed,
            circuit_keys: test.market.rule(&rule).unwrap().keys(),
            rule,
            ..test.auction_of("river")
        };
        test.put(menu, &["operator", "river"]);
        let round = test.last_round();
        let mut rows = Vec::new();
        for (name, valuation) in [("acme", 10), ("birch", 9)] {
            let made = test.made_row(round, name, &[valuation], json!({}), name);
            test.append(made.envelope).unwrap();
            rows.extend(made.sealed.map(|row| row.opening));
        }
        Self::of(&test, round, rows)
    }

    fn round(&self) -> &Round {
        self.operator.market().round(self.round).unwrap()
    }

    fn open(&self, row: usize, place: usize, blob: &[u8], key: &str) -> Result<OwnResults, Reject> {
        let round = self.round();
        let row = round.rows_in_order()[row];
        open_results(round, &self.statement, row, place, blob, &seal_secret(key))
    }

    /// `info` and `aad` of a row's blob, written out: each part after its length.
    fn binding(&self, row: usize) -> (Vec<u8>, Vec<u8>) {
        let parts = |items: &[&[u8]]| -> Vec<u8> {
            let part = |item: &&[u8]| [&(item.len() as u64).to_le_bytes()[..], item].concat();
            items.iter().flat_map(part).collect()
        };
        let market = market_id();
        let (member, index) = (self.round().rows_in_order()[row].member, (row as u64).to_le_bytes());
        let columns = self.round().sealed_results().iter();
        let points: Vec<PointBytes> = columns.map(|name| self.statement.results[*name][row]).collect();
        let bound = [&member.0[..], &index].into_iter().chain(points.iter().map(|point| &point.0[..]));
        (
            parts(&[b"quittance/v1/result", market.as_str().as_bytes(), &self.round.0]),
            parts(&bound.collect::<Vec<_>>()),
        )
    }
}

#[test]
fn each_blob_is_bound_to_its_round_member_row_and_commitments() {
    let split = Split::new();
    for (row, (name, _, receipt)) in MEMBERS.into_iter().enumerate() {
        let (info, aad) = split.binding(row);
        let blob = &split.results.blobs[row];
        let plaintext = seal::open(&seal_secret(name), &info, &aad, blob).unwrap();
        let result = &split.results.openings[0][row];
        let expected = [&result.to_bytes()[..], &split.rows[row].to_bytes()].concat();
        assert_eq!(*plaintext, expected);
        assert_eq!(result.value(), receipt);
        // So it opens in its own place only, with one key.
        let own = split.open(row, row, blob, name).unwrap();
        assert_eq!((own.numbers, own.row), (vec![receipt], Some(split.rows[row].clone())));
        let next = (row + 1) % 3;
        for strange in [
            split.open(row, next, blob, name),
            split.open(next, row, blob, name),
            split.open(row, row, blob, MEMBERS[next].0),
            split.open(row, row, &split.results.blobs[next], name),
            split.open(row, 3, blob, name),
        ] {
            assert_eq!(strange.unwrap_err().code, Code::OpeningMismatch);
        }
    }
    let named = by_name(split.round(), &[500]);
    assert_eq!(named.into_iter().collect::<Vec<_>>(), [("receipts".to_owned(), Some(Wide(500)))]);
}

/// Whoever signed its row knows it: its blob has a number of each column and nothing else.
#[test]
fn who_signed_its_row_is_told_its_results_alone() {
    let menu = Split::menu();
    for (row, (name, expected)) in [("acme", [1, 100, 1_000]), ("birch", [0, 0, 0])].into_iter().enumerate() {
        let (info, aad) = menu.binding(row);
        let plaintext = seal::open(&seal_secret(name), &info, &aad, &menu.results.blobs[row]).unwrap();
        let openings = menu.results.openings.iter().map(|column| column[row].to_bytes().to_vec());
        assert_eq!(*plaintext, openings.collect::<Vec<_>>().concat());
        let own = menu.open(row, row, &menu.results.blobs[row], name).unwrap();
        assert_eq!((own.numbers, own.row), (expected.to_vec(), None));
        let longer = [&plaintext[..], &menu.rows[row].to_bytes()].concat();
        let sealed = seal::seal(&seal_secret(name).public(), &[9; 32], &info, &aad, &longer).unwrap();
        let refused = menu.open(row, row, &sealed, name).unwrap_err();
        assert_eq!(refused.code, Code::OpeningMismatch);
        assert!(refused.found.ends_with("has another length"), "{refused}");
    }
}

/// Sealed payments add up to the public total.
#[test]
fn sealed_payments_are_balanced() {
    let menu = Split::menu();
    let published = menu.statement.published(menu.round());
    let money = menu.round().rule().unwrap().check_outcome(&published).unwrap();
    assert_eq!((money.sealed_payments, money.sealed_receipts), (Wide(1_000), Wide(0)));
    assert_eq!(check_balance(menu.round(), &menu.statement, &money), Ok(()));
    for sealed_payments in [Wide(999), Wide(1_001)] {
        let other = Money { sealed_payments, ..money.clone() };
        let refused = check_balance(menu.round(), &menu.statement, &other).unwrap_err();
        assert_eq!(refused.code, Code::ConservationViolated);
    }
}

/// What the operator sealed in the right place, and wrongly.
#[test]
fn what_a_blob_holds_must_open_the_commitments() {
    let split = Split::new();
    let (info, aad) = split.binding(1);
    let sealed = |plaintext: &[u8]| {
        seal::seal(&seal_secret("birch").public(), &[9; 32], &info, &aad, plaintext).unwrap()
    };
    let (result, row) = (split.results.openings[0][1].to_bytes(), split.rows[1].to_bytes());
    let other = split.results.openings[0][2].to_bytes();
    let honest = [&result[..], &row].concat();
    assert!(split.open(1, 1, &sealed(&honest), "birch").is_ok());
    for (plaintext, found) in [
        ([&other[..], &row].concat(), "opens another commitment"),
        ([&[0xff; 48][..], &row].concat(), "is malformed"),
        (result.to_vec(), "is malformed"),
        ([&honest[..], &[0]].concat(), "is malformed"),
        (result[..47].to_vec(), "has another length"),
    ] {
        let reject = split.open(1, 1, &sealed(&plaintext), "birch").unwrap_err();
        assert_eq!(reject.code, Code::OpeningMismatch);
        assert!(reject.found.ends_with(found), "{reject}");
    }
}

#[test]
fn a_statement_has_one_commitment_and_one_blob_for_each_row() {
    let split = Split::new();
    let round = split.round();
    let honest = result_commitments(round, &split.statement).unwrap();
    let expected: Vec<_> = split.results.openings[0].iter().map(|opening| opening.commit()).collect();
    assert_eq!(honest, [expected]);
    let refused = |change: &dyn Fn(&mut Statement)| {
        let mut statement = split.statement.clone();
        change(&mut statement);
        assert_eq!(result_commitments(round, &statement).unwrap_err().code, Code::StatementMismatch);
    };
    let receipts =
        |statement: &mut Statement| -> Vec<PointBytes> { statement.results.remove("receipts").unwrap() };
    refused(&|statement| drop(receipts(statement)));
    refused(&|statement| {
        let column = receipts(statement);
        statement.results.insert("payments".into(), column);
    });
    refused(&|statement| drop(statement.results.insert("payments".into(), Vec::new())));
    refused(&|statement| statement.results.get_mut("receipts").unwrap().truncate(2));
    let identity = PointBytes(Commitment(Default::default()).to_bytes());
    for bad in [identity, PointBytes([0xff; 32])] {
        refused(&|statement| statement.results.get_mut("receipts").unwrap()[1] = bad);
    }
    refused(&|statement| statement.sealed_results.truncate(2));
    refused(&|statement| statement.z = None);
    // The blobs are those that it names, in the order of the rows.
    let blobs = |blobs: &[Vec<u8>]| check_blobs(&split.statement, blobs.iter().map(Vec::as_slice));
    let named = split.results.blobs.clone();
    assert_eq!(blobs(&named), Ok(()));
    let code = |result: Result<(), Reject>| result.map_err(|reject| reject.code);
    let mut traded = named.clone();
    traded.swap(0, 1);
    let longer = [&named[..], &named[..1]].concat();
    for bad in [&traded, &named[1..].to_vec(), &longer] {
        assert_eq!(code(blobs(bad)), Err(Code::StatementMismatch));
    }
}

#[test]
fn sealed_money_adds_up_to_what_is_public() {
    let split = Split::new();
    let published = split.statement.published(split.round());
    let money = split.round().rule().unwrap().check_outcome(&published).unwrap();
    assert_eq!((money.sealed_payments, money.sealed_receipts), (Wide(0), Wide(1_000)));
    let check = |statement: &Statement, money: &Money| {
        check_balance(split.round(), statement, money).map_err(|reject| reject.code)
    };
    assert_eq!(check(&split.statement, &money), Ok(()));
    let less = Money { sealed_receipts: Wide(999), ..money.clone() };
    assert_eq!(check(&split.statement, &less), Err(Code::ConservationViolated));
    let mut statement = split.statement.clone();
    statement.z.as_mut().unwrap().0[0] ^= 1;
    assert_eq!(check(&statement, &money), Err(Code::ConservationViolated));
}
