//! What the published circuits of a rule are, as a text: `pin.txt` beside the rule.

use super::round::record;
use crate::builder::Matrices;
use crate::proof_system::Circuit;
use std::fmt::Write;

/// The text of `pin.txt`: everything about the circuits that somebody may rely on.
///
/// `sized` gives the circuit of any capacity and limb width.
pub fn text<C: Circuit>(tiers: &[C], sized: impl Fn(usize, u32) -> C) -> String {
    let mut text =
        String::from("Counts and digests of the published circuits; a test computes every line again.\n");
    for circuit in tiers {
        let matrices = record(circuit, &circuit.blank());
        let bits = circuit.limb_bits();
        let of_rows = |rows: usize| {
            let circuit = sized(rows, bits);
            (circuit.capacity() == rows).then(|| record(&circuit, &circuit.blank()).constraints())
        };
        let per_row = of_rows(3).zip(of_rows(2)).map(|(three, two)| three - two);
        describe(&mut text, circuit, &matrices, per_row);
    }
    text
}

fn describe<C: Circuit>(text: &mut String, circuit: &C, matrices: &Matrices, per_row: Option<usize>) {
    let Matrices { public, committed, private, .. } = matrices;
    let each = per_row.map(|count| format!(", {count} for each row")).unwrap_or_default();
    let lines = [
        format!("tier {}", circuit.tier().size),
        format!("  matrices {}", hex::encode(matrices.digest())),
        format!("  rows {}, limbs of {} bits", circuit.capacity(), circuit.limb_bits()),
        format!("  constraints {}{each}", matrices.constraints()),
        format!("  wires: {public} public, {committed} committed, {private} private"),
        format!("  public inputs: {}", circuit.layout().names().join(", ")),
    ];
    let properties = matrices.properties().into_iter().map(|(name, count)| format!("  {count:>8} {name}"));
    for line in lines.into_iter().chain(properties) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{line}");
    }
}
