//! Edits of a JSON document, spelt in bytes: so that a fuzzer changes what a document says, and not its punctuation.
//!
//! ```text
//! edits := edit …              at most 8
//! edit  := u16 node ‖ u8 what ‖ u8 length ‖ argument[length]
//! ```
//!
//! Nodes are counted from the root in reading order, modulo their number. Any bytes are edits.

use serde_json::{Map, Value};

/// Most edits: more would be slow and say no more.
const MOST: usize = 8;

/// The document after these edits.
#[must_use]
pub fn edited(document: &Value, edits: &[u8]) -> Value {
    let mut document = document.clone();
    let mut rest = edits;
    for _ in 0..MOST {
        let Some(([high, low, what, length], after)) = rest.split_first_chunk::<4>() else { break };
        let (argument, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        let node = usize::from(u16::from_be_bytes([*high, *low])) % count(&document);
        let other = argument.first().map_or(0, |byte| usize::from(*byte) * 7);
        let other = nth(&document, &mut (other % count(&document))).cloned().unwrap_or(Value::Null);
        if let Some(place) = nth_mut(&mut document, &mut { node }) {
            change(place, *what, argument, other);
        }
    }
    document
}

/// How many nodes there are below and with this one.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a Value, left: &mut usize) -> Option<&'a Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values().find_map(|field| nth(field, left)),
        _ => None,
    }
}

fn nth_mut<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth_mut(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth_mut(field, left)),
        _ => None,
    }
}

fn change(place: &mut Value, what: u8, argument: &[u8], other: Value) {
    let text = || String::from_utf8_lossy(argument).into_owned();
    match (what % 16, place) {
        (0, place) => *place = Value::Null,
        (1, place) => *place = Value::Bool(argument.len() % 2 == 1),
        (2, place) => *place = Value::String(text()),
        (3, place) => *place = other,
        (4, place) => *place = Value::Array(vec![other]),
        (5, Value::Array(items)) => items.push(other),
        (6, Value::Array(items)) => drop(items.pop()),
        (7, Value::Array(items)) => items.reverse(),
        (8, Value::Array(items)) => {
            let last = items.last().cloned();
            items.extend(std::iter::repeat_n(last, argument.len()).flatten());
        }
        (9, Value::Object(fields)) => drop(fields.insert(text(), other)),
        (10, Value::Object(fields)) => {
            let nth = argument.first().map_or(0, |byte| usize::from(*byte)) % fields.len().max(1);
            let name = fields.keys().nth(nth).cloned().unwrap_or_default();
            fields.remove(&name);
        }
        (11, place) => *place = Value::Object(Map::new()),
        (_, Value::String(found)) => *found = spliced(found, what, argument),
        (_, place) => *place = Value::String(text()),
    }
}

/// A text with another piece in it: `argument` is where, how much is taken out, and what is put in.
fn spliced(text: &str, what: u8, argument: &[u8]) -> String {
    let Some(([high, low, out], piece)) = argument.split_first_chunk::<3>() else {
        // A number one larger, or one smaller.
        let number = text.parse::<u128>().unwrap_or(0);
        let near = if what.is_multiple_of(2) { number.wrapping_add(1) } else { number.wrapping_sub(1) };
        return near.to_string();
    };
    let mut bytes = text.as_bytes().to_vec();
    let at = usize::from(u16::from_be_bytes([*high, *low])) % (bytes.len() + 1);
    let to = (at + usize::from(*out)).min(bytes.len());
    // In hex, so that a few bytes change what the digits say.
    let piece = if what % 16 == 15 { hex::encode(piece).into_bytes() } else { piece.to_vec() };
    bytes.splice(at..to, piece);
    String::from_utf8_lossy(&bytes).into_owned()
}
