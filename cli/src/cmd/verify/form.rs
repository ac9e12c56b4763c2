//! Which kind of file somebody asks about, by its marks: a damaged file keeps most of them.

use crate::page::is_page;
use quittance_circuits::json;
use quittance_engine::dispute::EvidenceKind;
use serde_json::Value;

/// What `verify` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A settled round's bundle.
    Bundle,
    /// A report page, which holds a bundle.
    Page,
    /// An inclusion receipt.
    Receipt,
    /// A signed note.
    Checkpoint,
    /// Evidence against an operator.
    Evidence(EvidenceKind),
    /// An envelope: a bid or another submission, or a refusal.
    Signed,
}

impl Form {
    /// The kind of file that this is or was before it was damaged; `None` for everything else.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::by_marks(bytes).or_else(|| {
            // The same names spelt with escapes: what it is goes before how it may be written.
            let document: Value = serde_json::from_slice(bytes).ok()?;
            Self::by_marks(&json::canonical(&document))
        })
    }

    fn by_marks(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii_start();
        let has = |mark: &[u8]| bytes.windows(mark.len()).any(|part| part == mark);
        if bytes.starts_with(b"c2sp.org/tlog-proof") {
            return Some(Self::Receipt);
        }
        if is_page(bytes) {
            return Some(Self::Page);
        }
        // Evidence may hold a bundle.
        let marks = [
            (EvidenceKind::Exclusion, &br#"{"contradiction":{"#[..], &br#""exclusion-evidence/v"#[..]),
            (EvidenceKind::Fork, br#"{"larger":""#, br#""fork-evidence/v"#),
        ];
        let is = |first: &[u8], mark| bytes.starts_with(first) || bytes.starts_with(b"{") && has(mark);
        if let Some((kind, ..)) = marks.into_iter().find(|(_, first, mark)| is(first, mark)) {
            return Some(Self::Evidence(kind));
        }
        // Its first bytes, which a bundle that was cut off has; or its schema, which one written otherwise has.
        let cut_off = [&br#"{"before_close":null,"checkpoint":""#[..], br#"{"before_close":{"note":""#];
        let is_cut_off = cut_off.iter().any(|first| bytes.starts_with(first));
        if is_cut_off || bytes.starts_with(b"{") && has(br#""bundle/v"#) {
            return Some(Self::Bundle);
        }
        let signed = [&br#""payloadType""#[..], br#""application/vnd.quittance."#];
        let is_json = bytes.first().is_some_and(|first| b"{[".contains(first));
        if bytes.starts_with(br#"{"payload"#) || is_json && signed.into_iter().any(has) {
            return Some(Self::Signed);
        }
        // Signatures of a note stand below an empty line, each behind a dash.
        has("\n\n\u{2014} ".as_bytes()).then_some(Self::Checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_marks() {
        let check = |text: &str, expected| assert_eq!(Form::of(text.as_bytes()), expected, "{text}");
        check(r#"{"before_close":null,"checkpoint":"example.com/a\n1\n"#, Some(Form::Bundle));
        check(r#"{"before_close":{"note":"example.com/a\n1\n"#, Some(Form::Bundle));
        check(r#"{ "schema": "bundle/v1" }"#, Some(Form::Bundle));
        check(r#"{"contradiction":{"settled":{"checkpoint":"#, Some(Form::Evidence(EvidenceKind::Exclusion)));
        check(
            r#"{ "schema": "exclusion-evidence/v1", "in": "bundle/v1" }"#,
            Some(Form::Evidence(EvidenceKind::Exclusion)),
        );
        check(r#"{"larger":"example.com"#, Some(Form::Evidence(EvidenceKind::Fork)));
        check(r#"{"schema":"fork-evidence/v1"}"#, Some(Form::Evidence(EvidenceKind::Fork)));
        check(r#"{"payload":"e30=","#, Some(Form::Signed));
        check(r#"{"signatures":[],"payloadType":"x"}"#, Some(Form::Signed));
        check(r#"["e30=","application/vnd.quittance.bid.v1+json",[]]"#, Some(Form::Signed));
        // However names are spelt.
        check(r#"{"p\u0061yload":"e30=","payload\u0054ype":"x","signatures":[]}"#, Some(Form::Signed));
        check(r#"{"schema":"bundle\u002fv1"}"#, Some(Form::Bundle));
        check(r#"{"schem\u0061":"fork\u002devidence/v1"}"#, Some(Form::Evidence(EvidenceKind::Fork)));
        check("c2sp.org/tlog-proof@v1\n", Some(Form::Receipt));
        check("<!DOCTYPE html><html>", Some(Form::Page));
        check("example.com/a\n1\nAAAA\n\n\u{2014} example.com/a AAAA\n", Some(Form::Checkpoint));
        for other in [
            "",
            "\n",
            "null",
            "{}",
            r#"{"checkpoint":{"root":"00"},"schema":"statement"}"#,
            r#"{"text":"\"payloadType\" \u0022payloadType\u0022"}"#,
            "example.com/a+1f2e3d4c+AAAA\n",
            "00112233",
        ] {
            check(other, None);
        }
    }
}
