use super::*;
use crate::gadgets::tuple::{TupleLookup, entry_counts};
use crate::testing::forms::{COUNT, FOLD, POLE, POWER, ROW, Span, early_wires, folded, tuples_are_early};

const SUMS: &str = "the sums of rows and public table are equal";

/// These rows are entries of this table. The rows are committed, the table is constant.
fn rows_of<const K: usize>(table: Vec<[Fr; K]>, rows: Vec<[Fr; K]>) -> impl Gadget {
    move |mut cs: Builder<Early>, challenges: [Fr; 3]| {
        let table = table.iter().map(|entry| entry.map(|number| cs.constant(number))).collect();
        let mut lookup = TupleLookup::new(table);
        for row in &rows {
            let row = row.map(|number| cs.commit(number));
            lookup.require(row);
        }
        let lookup = lookup.close(&mut cs);
        let mut cs = cs.challenge(&challenges, &[], &[]);
        let (x, theta) = (cs.nth_challenge(1), cs.nth_challenge(2));
        lookup.constrain(&mut cs, &x, &theta);
        cs
    }
}

/// Whether these rows pass at both choices of challenges, with these counts.
fn pass<const K: usize>(matrices: &Matrices, table: &[[Fr; K]], rows: &[[Fr; K]], counts: &[Fr]) -> bool {
    challenges().into_iter().all(|challenges| {
        let mut filled = wires(&[], challenges, rows_of(table.to_vec(), rows.to_vec()));
        let first = filled.committed.len() - counts.len();
        filled.committed[first..].copy_from_slice(counts);
        holds(matrices, &complete(matrices, filled, &[]).full())
    })
}

/// Every tuple of these numbers.
fn tuples<const K: usize>(numbers: &[Fr]) -> Vec<[Fr; K]> {
    choices(&vec![numbers.to_vec(); K]).into_iter().map(|tuple| tuple.try_into().unwrap()).collect()
}

/// All tuples of small numbers in a table of two entries that differ in one number, and in one with swapped
/// numbers: a row passes if and only if it is an entry, with the right count alone.
fn tuples_are_looked_up<const K: usize>() {
    let number = |k: usize| from_u64(k as u64 % 3);
    let entry: [Fr; K] = std::array::from_fn(number);
    let mut raised = entry;
    raised[K - 1] += Fr::one();
    let mut swapped = entry;
    swapped.reverse();
    for other in [raised, swapped] {
        let table = vec![entry, other];
        let full = matrices(rows_of(table.clone(), vec![entry]));
        let domain = [integers(-1..3), vec![from_u64(2).inverse().unwrap()]].concat();
        for row in tuples(if K < 4 { &domain } else { &domain[1..4] }) {
            let expected = entry_counts(&table, &[row]);
            let numbers = [0, 1, 2].map(from_u64);
            for counts in choices(&[numbers.to_vec(), numbers.to_vec()]) {
                let sum = counts.iter().sum::<Fr>();
                // Equal entries may share a count.
                let right = if entry == other { sum.is_one() } else { counts == expected };
                let expected = table.contains(&row) && right;
                assert_eq!(pass(&full, &table, &[row], &counts), expected, "{row:?} {counts:?}");
            }
        }
    }
}

#[test]
fn rows_are_entries_of_the_table() {
    tuples_are_looked_up::<1>();
    tuples_are_looked_up::<2>();
    tuples_are_looked_up::<3>();
    tuples_are_looked_up::<4>();
    tuples_are_looked_up::<5>();
}

/// Every pair of rows with every table of counts up to 2, of a table in which an entry stands twice.
#[test]
fn entries_count_their_rows() {
    let table = [[0, 1], [1, 0], [0, 1]].map(|entry| entry.map(from_u64)).to_vec();
    let full = matrices(rows_of(table.clone(), vec![table[0]; 2]));
    let tuples: Vec<[Fr; 2]> = tuples(&integers(0..3));
    let numbers = integers(-1..3);
    for a in &tuples {
        for b in &tuples {
            let rows = [*a, *b];
            let native = entry_counts(&table, &rows);
            let known = rows.iter().all(|row| table.contains(row));
            assert_eq!(pass(&full, &table, &rows, &native), known, "{rows:?}");
            for counts in choices(&[numbers.clone(), numbers.clone(), numbers.clone()]) {
                let right = counts[0] + counts[2] == native[0] && counts[1] == native[1];
                assert_eq!(pass(&full, &table, &rows, &counts), known && right, "{rows:?} {counts:?}");
            }
        }
    }
    let gadget = |x| rows_of(vec![[from_u64(3); 5]; 2], vec![[x, -x, x, x, x + x], [x; 5]]);
    ignores_witnesses(gadget);
}

/// Constraints of a row and of an entry, and of the whole lookup.
#[test]
fn tuples_cost_half_their_numbers() {
    let count = |rows: usize, entries: usize| {
        let zero = [Fr::zero(); 5];
        matrices(rows_of(vec![zero; entries], vec![zero; rows])).constraints()
    };
    let blank = matrices(|cs: Builder<Early>, challenges| cs.challenge(&challenges, &[], &[])).constraints();
    assert_eq!(count(3, 2) - count(2, 2), 3);
    assert_eq!(count(2, 3) - count(2, 2), 4);
    assert_eq!(count(0, 0) - blank, 4, "three powers and the sums");
}

/// What the suite reads of a lookup of tuples.
#[test]
fn tuples_are_read_back() {
    let table = vec![[1, 2, 3].map(from_u64), [4, 5, 6].map(from_u64)];
    let full = matrices(rows_of(table.clone(), vec![table[1]]));
    assert_eq!(folded(&full).len(), 3 * 3);
    let mut early = early_wires(&full, LAYOUT.challenges);
    assert!(tuples_are_early(&full, &early, 2, 3));
    // Any number of the row or count, were it late, would be noticed.
    let first = 1 + full.public + 1;
    for wire in first..first + 3 + 2 {
        early[wire] = false;
        assert!(!tuples_are_early(&full, &early, 2, 3), "{wire}");
        early[wire] = true;
    }
}

/// Tuples of a finite table do not move: the suite says so of each of their numbers, which the equations alone
/// (inverses that move with the numbers, two rows against each other) do not.
#[test]
fn tuples_do_not_move() {
    let table = vec![[1, 2, 3, 4].map(from_u64), [5, 6, 7, 8].map(from_u64)];
    let gadget = || rows_of(table.clone(), vec![table[1], table[0]]);
    let full = matrices(gadget());
    let mut span = Span::of_jacobian(&full, &wires(&[], challenges()[0], gadget()).full());
    let first = 1 + full.public + 1;
    let fixed = |span: &Span| (first..first + 2 * 4).filter(|w| span.fixes(&vec![(Fr::one(), *w)])).count();
    assert_eq!(fixed(&span), 0);
    folded(&full).iter().for_each(|form| span.insert(form));
    assert_eq!(fixed(&span), 2 * 4);
}

/// A false row, and the private wires that make it pass without one constraint.
#[test]
fn every_constraint_of_a_lookup_is_needed() {
    let entry = [1, 2, 3].map(from_u64);
    let row = [5, 7, 11].map(from_u64);
    let gadget = || rows_of(vec![entry], vec![row]);
    let full = matrices(gadget());
    let passes = |matrices: &Matrices, wire: Option<(usize, Fr)>, challenges: [Fr; 3]| {
        let mut filled = wires(&[], challenges, gadget());
        *filled.committed.last_mut().unwrap() = Fr::one();
        let chosen: Vec<_> = wire.into_iter().collect();
        holds(matrices, &complete(matrices, filled, &chosen).full())
    };
    let mut seen = 0;
    for [rho, x, theta] in challenges() {
        let fold = |c: [Fr; 3], square: Fr| c[0] + (c[1] + theta) * (c[2] + square);
        let square = theta * theta;
        // Where two folds meet, as a function of θ².
        let meet = (row[0] - entry[0] + (row[1] + theta) * row[2] - (entry[1] + theta) * entry[2])
            / (entry[1] - row[1]);
        assert_eq!(fold(row, meet), fold(entry, meet));
        let inverse = (x + fold(row, square)).inverse().unwrap();
        // In the order of the matrices: the private wire that each constraint defines, and its false value.
        let cheats = [
            (POWER, 0, Some(meet)),
            (FOLD, 0, Some(fold(entry, square) - row[0])),
            (FOLD, 1, Some(fold(row, square) - entry[0])),
            (ROW, 0, None),
            (POLE, 0, Some(inverse)),
            (COUNT, 0, None),
            (SUMS, 0, None),
        ];
        for (property, nth, value) in cheats {
            let constraint = full.rows_of(property)[nth];
            // Products stand alone on the C side, inverses on the B side.
            let defined = [2, 1].into_iter().find_map(|m| match &full.abc[m][constraint][..] {
                [(_, wire)] if *wire > full.public + full.committed => Some(*wire),
                _ => None,
            });
            let chosen = value.map(|value| (defined.unwrap(), value));
            assert!(!passes(&full, chosen, [rho, x, theta]), "{property}");
            let loose = full.without_rows(&[constraint]);
            assert!(passes(&loose, chosen, [rho, x, theta]), "{property}");
            seen += 1;
        }
    }
    let own = full
        .properties()
        .into_iter()
        .filter(|(name, _)| [POWER, FOLD, ROW, POLE, COUNT, SUMS].contains(name));
    assert_eq!(seen, 2 * own.map(|(_, count)| count).sum::<usize>());
}

/// With `X` at the fold of an entry nobody can prove: not the honest prover, and not one whose row is no entry,
/// who could if nothing asked for the inverse.
#[test]
fn nothing_is_proved_at_a_pole() {
    let entry = [1, 2, 3].map(from_u64);
    let false_row = [5, 7, 11].map(from_u64);
    let [rho, _, theta] = challenges()[0];
    let pole = -(entry[0] + (entry[1] + theta) * (entry[2] + theta * theta));
    for (row, count) in [(entry, 1), (false_row, 0), (false_row, 1)] {
        let gadget = || rows_of(vec![entry], vec![row]);
        let full = matrices(gadget());
        let mut filled = wires(&[], [rho, pole, theta], gadget());
        *filled.committed.last_mut().unwrap() = from_u64(count);
        assert!(!holds(&full, &complete(&full, filled, &[]).full()), "{row:?}");
    }
}
