//! The flow of money as a picture: who pays on the left, who gets it on the right, widths as amounts.

use super::facts::Facts;
use super::money::{Balance, Whose, name};
use super::words::many;
use maud::{Markup, html};

/// Lines on a side; smaller ones are drawn as one.
const MOST: usize = 9;
/// Height of all money together.
const HEIGHT: u128 = 240;
/// Least height that a line's words need.
const SLOT: u128 = 44;
/// Between two lines.
const GAP: u128 = 8;
const WIDTH: u128 = 640;
const LEFT: u128 = 176;
const MIDDLE: u128 = 314;
const RIGHT: u128 = 452;
const BAR: u128 = 12;

/// A line of one side.
struct Line {
    label: String,
    class: &'static str,
    amount: u128,
    /// Its height in the picture.
    height: u128,
    /// Where the room for its words starts.
    slot: u128,
}

impl Line {
    fn room(&self) -> u128 {
        self.height.max(SLOT) + GAP
    }

    fn top(&self) -> u128 {
        self.slot + (self.room() - self.height) / 2
    }
}

/// The picture; nothing where no money moves, or where the sides differ.
pub fn flow(facts: &Facts<'_>, balance: &Balance) -> Option<Markup> {
    let (total, out) = balance.sums()?;
    if total == 0 || total != out {
        return None;
    }
    let (mut left, mut right) = (lines(facts, &balance.paid, total), lines(facts, &balance.out, total));
    let tall = |lines: &[Line]| lines.iter().map(Line::room).sum::<u128>();
    let height = tall(&left).max(tall(&right)).max(HEIGHT) + 8;
    for side in [&mut left, &mut right] {
        let mut slot = (height - tall(side)) / 2;
        for line in side.iter_mut() {
            line.slot = slot;
            slot += line.room();
        }
    }
    let middle = (height - HEIGHT) / 2;
    let says = format!("{} flow from {} to {}", facts.units.money(total), names(&left), names(&right));
    Some(html! {
        figure.flow {
            div.scroll tabindex="0" role="region" aria-label="flow of money" {
                svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(says) {
                    (bands(&left, middle, LEFT + BAR, MIDDLE))
                    (bands(&right, middle, RIGHT, MIDDLE + BAR))
                    rect.node x=(MIDDLE) y=(middle) width=(BAR) height=(HEIGHT) rx="2" {}
                    (nodes(facts, &left, LEFT, LEFT - 10, "end"))
                    (nodes(facts, &right, RIGHT, RIGHT + BAR + 10, "start"))
                }
            }
            figcaption { "Widths are amounts: " (facts.units.money(total)) " in all." }
        }
    })
}

/// The largest amounts of a side in their order, and the others as one line.
fn lines(facts: &Facts<'_>, amounts: &[(Whose, u128)], total: u128) -> Vec<Line> {
    let class = |whose: &Whose| match whose {
        Whose::Fee => "fee",
        Whose::Dust => "dust",
        _ => "party",
    };
    let moved: Vec<_> = amounts.iter().filter(|(_, amount)| *amount > 0).collect();
    let mut by_size: Vec<u128> = moved.iter().map(|(_, amount)| *amount).collect();
    by_size.sort_unstable_by(|a, b| b.cmp(a));
    let least = if moved.len() > MOST { by_size.get(MOST - 2).copied().unwrap_or(0) } else { 0 };
    let (mut lines, mut others, mut rest) = (Vec::new(), 0usize, 0u128);
    for (whose, amount) in moved {
        if *amount >= least && (least == 0 || lines.len() < MOST - 1) {
            let (label, class) = (name(facts, whose), class(whose));
            lines.push(Line { label, class, amount: *amount, height: scaled(*amount, total), slot: 0 });
        } else {
            (others, rest) = (others + 1, rest.saturating_add(*amount));
        }
    }
    if others > 0 {
        let label = many(others, ("other", "others"));
        lines.push(Line { label, class: "party", amount: rest, height: scaled(rest, total), slot: 0 });
    }
    lines
}

/// An amount's part of the picture's height, at least a hair.
fn scaled(amount: u128, total: u128) -> u128 {
    // Both are moved down together where the product would not fit.
    let bits = 128u32.saturating_sub(total.leading_zeros()).saturating_sub(100);
    let (amount, total) = (amount >> bits, (total >> bits).max(1));
    (amount * HEIGHT / total).max(1)
}

fn bands(lines: &[Line], middle: u128, outer: u128, inner: u128) -> Markup {
    let mut at = middle;
    let bend = (outer + inner) / 2;
    html! {
        @for line in lines {
            @let (top, end) = (line.top(), at.min(middle + HEIGHT - 1));
            @let (bottom, below) = (top + line.height, (end + line.height).min(middle + HEIGHT));
            path class={ "band " (line.class) } d={
                "M" (outer) " " (top) "C" (bend) " " (top) " " (bend) " " (end) " " (inner) " " (end)
                "L" (inner) " " (below) "C" (bend) " " (below) " " (bend) " " (bottom) " " (outer) " " (bottom) "Z"
            } {}
            ({ at = below; "" })
        }
    }
}

fn nodes(facts: &Facts<'_>, lines: &[Line], x: u128, words: u128, anchor: &str) -> Markup {
    html! {
        @for line in lines {
            @let centre = line.slot + line.room() / 2;
            rect class={ "node " (line.class) } x=(x) y=(line.top()) width=(BAR) height=(line.height) rx="2" {}
            text.who x=(words) y=(centre - 3) text-anchor=(anchor) { (shortened(&line.label)) }
            text.amount x=(words) y=(centre + 13) text-anchor=(anchor) { (facts.units.money(line.amount)) }
        }
    }
}

fn names(lines: &[Line]) -> String {
    lines.iter().map(|line| line.label.as_str()).collect::<Vec<_>>().join(", ")
}

/// A label that fits beside the picture.
pub fn shortened(label: &str) -> String {
    if label.chars().count() <= 22 {
        return label.to_owned();
    }
    label.chars().take(21).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_never_overflow() {
        assert_eq!(scaled(0, 5), 1);
        assert_eq!(scaled(5, 5), HEIGHT);
        assert_eq!(scaled(u128::MAX, u128::MAX), HEIGHT);
        assert_eq!(scaled(u128::MAX / 2, u128::MAX), HEIGHT / 2 - 1);
        assert_eq!(shortened(&"ä".repeat(40)).chars().count(), 22);
    }
}
