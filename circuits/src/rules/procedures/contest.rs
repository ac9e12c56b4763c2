//! `CONTEST(k)`: who supplies when everybody has a cost per unit. Source: rules.md section 0.4.

/// Who takes part in a contest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// By contestant: whether it takes part. Nobody does when fewer than two are not out.
    pub takes_part: Vec<bool>,
    /// How many take part: 0, or at least 2.
    pub count: u64,
    /// The sum of the costs of those who take part.
    pub total: u128,
}

/// `CONTEST(costs)`, where `None` is out and every cost is at least 1: the one set of at least two such that
/// a cost times (count − 1) is below the total for those inside and not below it for all others that are not
/// out.
#[must_use]
pub fn contest(costs: &[Option<u64>]) -> Contest {
    let mut found = Contest { takes_part: vec![false; costs.len()], count: 0, total: 0 };
    let mut order: Vec<(u64, usize)> =
        costs.iter().enumerate().filter_map(|(row, cost)| Some(((*cost)?, row))).collect();
    if order.len() < 2 {
        return found;
    }
    order.sort_unstable();
    for (cost, row) in order {
        let next = u128::from(cost);
        // The first two always pass: 0 < k, and k < k' + k.
        if next * u128::from(found.count) >= found.total + next {
            break;
        }
        found.takes_part[row] = true;
        found.count += 1;
        found.total += next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sets that rules.md describes.
    fn sets_by_the_text(costs: &[Option<u64>]) -> Vec<u32> {
        let is_a_set = |set: &u32| {
            let inside = |row: usize| set >> row & 1 == 1;
            let members = (0..costs.len()).filter(|row| inside(*row));
            let (count, total) = (set.count_ones() as u64, members.filter_map(|row| costs[row]).sum::<u64>());
            let fits = |row: usize| match costs[row] {
                None => !inside(row),
                Some(cost) => inside(row) == (cost * (count - 1) < total),
            };
            count >= 2 && (0..costs.len()).all(fits)
        };
        (0..1u32 << costs.len()).filter(is_a_set).collect()
    }

    #[test]
    fn is_the_only_set_of_the_text() {
        for n in 0..=5u32 {
            for table in 0..7u64.pow(n) {
                let cost = |i: u32| Some(table / 7u64.pow(i) % 7).filter(|cost| *cost > 0);
                let costs: Vec<Option<u64>> = (0..n).map(cost).collect();
                let found = contest(&costs);
                let set = found.takes_part.iter().rev().fold(0, |set, inside| set << 1 | u32::from(*inside));
                let contested = costs.iter().flatten().count() >= 2;
                assert_eq!(sets_by_the_text(&costs), if contested { vec![set] } else { vec![] }, "{costs:?}");
                let inside = || costs.iter().zip(&found.takes_part).filter(|(_, inside)| **inside);
                assert_eq!(found.count, inside().count() as u64);
                assert_eq!(found.total, inside().filter_map(|(cost, _)| *cost).map(u128::from).sum());
            }
        }
    }

    #[test]
    fn largest_costs() {
        let found = contest(&[Some(u64::MAX); 3]);
        assert_eq!((found.count, found.total), (3, 3 * u128::from(u64::MAX)));
        assert_eq!(contest(&[Some(1), Some(u64::MAX), Some(u64::MAX)]).takes_part, [true; 3]);
        assert_eq!(contest(&[Some(1), None, Some(u64::MAX), Some(1)]).takes_part, [true, false, false, true]);
    }
}
