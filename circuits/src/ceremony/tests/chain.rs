//! Contributions that are left out, exchanged, replaced, or made by nobody.

use super::*;
use crate::ceremony::chain::{Contribution, Factors, point_to_hex};
use crate::ceremony::key::{DELTA, SECRETS};
use crate::curve::G2Affine;
use ark_ec::AffineRepr;

/// One change to a transcript, by what it is.
type Change = (&'static str, fn(&mut Vec<Contribution>));

#[test]
fn a_changed_chain_is_refused() {
    let changes: [Change; 13] = [
        ("left out", |chain| drop(chain.remove(0))),
        ("left out, the second", |chain| drop(chain.remove(1))),
        ("exchanged", |chain| chain.swap(0, 1)),
        ("twice", |chain| chain.insert(1, chain[0].clone())),
        ("the beacon first", |chain| chain.rotate_right(1)),
        ("renamed", |chain| chain[0].name = name("Eve")),
        ("the beacon renamed", |chain| chain[2].name = name("another")),
        ("another beacon", |chain| chain[2].beacon = Some(Beacon { rounds_power: Count(4), ..beacon() })),
        ("no beacon", |chain| chain[2].beacon = None),
        ("a person is a beacon", |chain| chain[1].beacon = Some(beacon())),
        ("without proof", |chain| chain[1].values[DELTA].proof = None),
        ("another's proof", |chain| chain[1].values[0].proof = chain[1].values[1].proof.clone()),
        ("other points", |chain| chain[0].points = chain[1].points.clone()),
    ];
    for (what, change) in changes {
        let mut ceremony = ended();
        change(&mut ceremony.transcript.contributions);
        let error = refused(&ceremony);
        assert!(error.contains("contribution") || error.contains("beacon"), "{what}: {error}");
    }
}

/// The last contributor puts secrets of its own in place of everybody's product: the points are right, and it cannot
/// prove that they follow from those before.
#[test]
fn nobody_replaces_the_product() {
    let before = contributed();
    let own = Factors::draw(SECRETS, &mut rng());
    let mut ceremony = begun();
    ceremony.keys[0].scale([0, 1, 2].map(|secret| own.get(secret)), QUIET);
    let generators = vec![G2Affine::generator(); SECRETS];
    let head = [7; 32];
    let forged = own.prove(name("Mallory"), [0; 32], &head, &generators, &mut rng());
    for first in [0, 1, 2] {
        let mut chain = before.transcript.contributions[..first].to_vec();
        chain.push(forged.clone());
        let mut ceremony = ceremony.clone();
        ceremony.transcript.contributions = chain;
        let points = hex::encode(ceremony.points_digest());
        ceremony.transcript.contributions[first].points = points;
        assert!(refused(&ceremony).contains("factor is known"), "after {first}");
    }
}

/// A proof is about one place in one chain.
#[test]
fn a_contribution_is_of_no_use_elsewhere() {
    let mut other = begun();
    other.transcript.circuits[0].matrices = "00".repeat(32);
    other.transcript.contributions = contributed().transcript.contributions;
    other.keys = contributed().keys;
    assert!(refused(&other).contains("factor is known"));
}

#[test]
fn a_value_that_is_no_point_is_refused() {
    let identity = point_to_hex(&G2Affine::identity());
    let outside = {
        let point = (0u64..).find_map(|x| G2Affine::get_point_from_x_unchecked(x.into(), false)).unwrap();
        assert!(!point.is_in_correct_subgroup_assuming_on_curve());
        point_to_hex(&point)
    };
    let upper = contributed().transcript.contributions[0].values[0].value.to_uppercase();
    let longer = format!("{}00", contributed().transcript.contributions[0].values[0].value);
    for (value, what) in [
        (identity, "identity"),
        (outside, "encoding"),
        (upper, "encoding"),
        (longer, "encoding"),
        ("".into(), "encoding"),
    ] {
        let mut ceremony = contributed();
        ceremony.transcript.contributions[1].values[0].value = value;
        let error = refused(&ceremony);
        assert!(error.contains(what), "{error}");
    }
    let mut ceremony = contributed();
    ceremony.transcript.contributions[1].values.pop();
    assert!(refused(&ceremony).contains("one value for each secret"));
}

/// What the beacon says, and nothing else; and nothing after it.
#[test]
fn the_beacon_ends_it() {
    let mut ceremony = ended();
    for error in [
        ceremony.contribute(ptau(), name("Eve"), &mut rng(), QUIET).unwrap_err(),
        ceremony.end(ptau(), name("beacon"), beacon(), &mut rng(), QUIET).unwrap_err(),
    ] {
        assert!(matches!(&error, CeremonyError::Unfit(what) if what.contains("ended")), "{error}");
    }
    // Somebody goes on all the same, by hand.
    let mut on = contributed();
    on.transcript.contributions.pop();
    on.keys = ended().keys;
    on.transcript.contributions = ended().transcript.contributions;
    let (old, head) = (on.values().unwrap().into_flattened(), on.transcript.head());
    let factors = Factors::draw(old.len(), &mut rng());
    on.scale(&factors, QUIET);
    let points = on.points_digest();
    on.transcript.contributions.push(factors.prove(name("Eve"), points, &head, &old, &mut rng()));
    assert!(refused(&on).contains("after the beacon"));
    // Nobody, and then the beacon: its factors are no secret.
    let error = begun().end(ptau(), name("beacon"), beacon(), &mut rng(), QUIET).unwrap_err();
    assert!(error.to_string().contains("nobody has contributed"), "{error}");
    let mut alone = begun();
    declared(&mut alone, "Ada");
    assert!(refused(&alone).contains("nobody contributed before the beacon"));
    for value in ["", "00", "zz", "0011223344556677889900112233445G", &"00".repeat(65), &"AB".repeat(16)] {
        let beacon = Beacon { value: value.into(), rounds_power: Count(0) };
        assert!(contributed().end(ptau(), name("beacon"), beacon, &mut rng(), QUIET).is_err(), "{value}");
    }
    let endless = Beacon { rounds_power: Count(29), ..beacon() };
    assert!(contributed().end(ptau(), name("beacon"), endless, &mut rng(), QUIET).is_err());
}

#[test]
fn names_are_short_and_plain() {
    for text in ["Ada", "Ada Lovelace (Acme)", "Łukasz", "9"] {
        assert!(text.parse::<ContributorName>().is_ok(), "{text}");
    }
    for text in ["", " Ada", "Ada ", "A\nB", "Ada, Bob", "A\u{202e}B", "\u{1b}[31m", &"a".repeat(65)] {
        assert!(text.parse::<ContributorName>().is_err(), "{text:?}");
    }
}
