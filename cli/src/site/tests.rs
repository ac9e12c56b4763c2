//! Every link leads somewhere, long lists have pages, and what members write stays text. In a browser: `cli/page/site/test`.

use super::rounds::status;
use super::*;
use quittance_circuits::number::{Count, Ppm};
use quittance_engine::entry::{
    Abort, AdmittedRule, BlobDigest, DustTo, EntryPayload as _, FileDigest, MarketEntry, Measure,
    MemberEntry, PerformanceReport, Role, RoundEntry, RowSigners,
};
use quittance_engine::kept::{CONTEXTS, NAME_CONTEXT, name_blob, name_digest};
use quittance_engine::operator::Operator;
use quittance_engine::seal::HpkeSecret;
use quittance_ledger::{LogKey, MemoryAnchor, MemoryStore, PublicKey, SigningKey, StoreError, tiles};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Pages = BTreeMap<String, String>;

fn written<S: Store>(site: &Site<'_, S>) -> (Pages, Judged) {
    let mut pages = Pages::new();
    let mut entries = 0;
    let judged = site.write(
        &mut |path, bytes| {
            let before = pages.insert(path.to_owned(), String::from_utf8(bytes.to_vec()).unwrap());
            assert!(before.is_none(), "{path} is written twice");
            Ok(())
        },
        &mut |done| entries += done,
    );
    assert_eq!(entries, site.size());
    (pages, judged.unwrap())
}

/// What stands between a mark and the next quotation mark, each time.
fn quoted<'a>(text: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap_or_default())
}

/// Every link of every page, and every place in the index, is a page, with the anchor that it names.
fn links_lead_somewhere(pages: &Pages) {
    let check = |from: &str, link: &str| {
        if link.starts_with("https://c2sp.org/")
            || link.starts_with("log/")
            || link.ends_with("/log/checkpoint")
        {
            return;
        }
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let folder = Path::new(from).parent().unwrap();
        let mut place = PathBuf::new();
        for part in folder.join(path).components() {
            match part.as_os_str().to_str().unwrap() {
                ".." => assert!(place.pop(), "{from}: {link}"),
                part => place.push(part),
            }
        }
        let place = if path.is_empty() { from } else { place.to_str().unwrap() };
        let page = pages.get(place).unwrap_or_else(|| panic!("{from}: no {link}"));
        assert!(anchor.is_empty() || page.contains(&format!("id=\"{anchor}\"")), "{from}: {link}");
    };
    for (from, page) in pages.iter().filter(|(path, _)| path.ends_with(".html")) {
        for link in quoted(page, " href=\"").chain(quoted(page, " action=\"")) {
            check(from, link);
        }
    }
    for (from, file) in pages.iter().filter(|(path, _)| path.starts_with("search/")) {
        for (_, _, path) in rows(file) {
            check("search.html", &path);
        }
        assert!(from.ends_with(".js"));
    }
}

/// What a file of the index holds.
fn rows(file: &str) -> Vec<Row> {
    serde_json::from_str(file.strip_prefix("found(").unwrap().strip_suffix(");\n").unwrap()).unwrap()
}

/// What is searched for, its name for people, its page.
type Row = (String, String, String);

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/v1").join(name)
}

/// A folder of the repository.
struct OnDisk(PathBuf);

impl tiles::Folder for OnDisk {
    fn paths(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut paths = BTreeSet::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    paths.insert(path.strip_prefix(&self.0).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        Ok(paths)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(std::fs::read(self.0.join(path)).ok())
    }
}

fn golden_ledger() -> (Log<MemoryStore>, SignedCheckpoint, MarketKey) {
    let key: MarketKey = std::fs::read_to_string(golden("market/market.vkey")).unwrap().parse().unwrap();
    let folder = OnDisk(golden("site"));
    let imported = tiles::import(MemoryStore::new(), &folder, &key.log, &CONTEXTS, &mut |_| ());
    let (log, note) = imported.unwrap();
    (log, note, key)
}

#[test]
fn a_market_of_every_rule() {
    let (log, note, key) = golden_ledger();
    let site = Site::read(&log, &note, &key).unwrap();
    let (pages, judged) = written(&site);
    let settled = site.market.rounds().into_iter().filter(|round| round.settled().is_some()).count() as u64;
    assert_eq!((judged.verified, judged.rejected), (settled, 0));
    links_lead_somewhere(&pages);
    assert_eq!(written(&Site::read(&log, &note, &key).unwrap()).0, pages, "the same bytes each time");
    let entries = &pages["entries/0.html"];
    assert_eq!(entries.matches("<article class=\"entry\"").count() as u64, site.size());
    assert_eq!(entries.matches("<script class=\"entry\"").count() as u64, site.size());
    for (place, round) in site.market.rounds().into_iter().enumerate() {
        let page = &pages[&format!("rounds/{}.html", place + 1)];
        assert!(page.contains(status(round)), "{}", round.entry.rule);
        assert_eq!(
            page.contains("✓ </span>Verified") || page.contains("! </span>Checked"),
            round.settled().is_some()
        );
    }
    // Every id of every entry is found, and leads to it.
    let index: Vec<_> = pages.iter().filter(|(path, _)| path.starts_with("search/ids")).collect();
    let found: BTreeMap<String, String> =
        index.iter().flat_map(|(_, file)| rows(file)).map(|(id, _, path)| (id, path)).collect();
    log.scan(0..site.size(), |index, entry| {
        let id = entry.record_id().to_string();
        let path = &found[&id[..32]];
        let own = [entry_path(index), format!("members/{id}.html")];
        assert!(own.contains(path) || path.starts_with("rounds/"), "entry {index}: {path}");
        Ok::<(), LogError>(())
    })
    .unwrap();
}

/// A settlement that does not verify has its page, which says why, and is counted.
#[test]
fn a_settlement_that_does_not_hold() {
    let (log, note, key) = golden_ledger();
    let names = log.store().meta_names().unwrap();
    let mut keys = names.iter().filter(|name| name.starts_with("verifying-key/"));
    log.store().put_meta(keys.next().unwrap(), b"another key").unwrap();
    let (pages, judged) = written(&Site::read(&log, &note, &key).unwrap());
    assert!(judged.verified > 0 && judged.rejected > 0, "{judged:?}");
    links_lead_somewhere(&pages);
    let red = pages.iter().filter(|(path, page)| {
        path.starts_with("rounds/")
            && !path.contains("report")
            && page.contains("✗ </span>Rejected: <code>key_")
    });
    assert_eq!(red.count() as u64, judged.rejected);
    assert!(pages["index.html"].contains(&format!("{} settlements do not hold", judged.rejected)));
}

/// The key of somebody else, another tree, another market's ledger.
#[test]
fn what_is_not_the_markets_is_no_site() {
    let (log, note, key) = golden_ledger();
    let mine = made(&[], 0, 0);
    let error = Site::read(&log, &note, &mine.1).err().unwrap();
    assert_eq!((error.code, error.exit as u8), ("market_mismatch", 2));
    // Another first entry under the same log key.
    let other = MarketKey { entry0: mine.1.entry0, ..key.clone() };
    assert_eq!(Site::read(&log, &note, &other).err().unwrap().code, "market_mismatch");
    let (log, key) = mine;
    assert!(Site::read(&log, &log.last_checkpoint().unwrap().unwrap(), &key).is_ok());
}

fn signing(name: &str) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(name.as_bytes()).as_bytes())
}

/// A ledger with members of these names, and so many rounds: open, and every other one aborted. The first member reports on
/// the first round.
fn made(names: &[&str], rounds: usize, reports: u64) -> (Log<MemoryStore>, MarketKey) {
    let log_key = LogKey::new("example.com/other".parse().unwrap(), signing("log"));
    let market: quittance_engine::entry::MarketId = "example.com/other".parse().unwrap();
    let rule: quittance_engine::entry::RuleId = "revenue-share/v1".parse().unwrap();
    let entry = MarketEntry {
        market: market.clone(),
        currency: "EUR".parse().unwrap(),
        decimals: Count(2),
        log_key: log_key.verifier_key().to_string(),
        operator_key: PublicKey::from(&signing("operator")).into(),
        rules: vec![AdmittedRule { rule: rule.clone(), tier: None, circuit_key: None, provenance: None }],
        witness_policy: None,
    };
    let anchor = MemoryAnchor::new();
    let (store, own) = (MemoryStore::new(), signing("operator"));
    let mut operator = Operator::create(store, anchor, log_key, own, &entry, 0).unwrap();
    let mut ids = Vec::new();
    for name in names {
        let blob = name_blob(name, &[7; 32]);
        let BlobDigest(digest) = name_digest(&blob);
        assert_eq!(operator.log().put_blob(NAME_CONTEXT, &blob).unwrap().0, digest);
        let payload = MemberEntry {
            market: market.clone(),
            name: BlobDigest(digest),
            key: PublicKey::from(&signing(name)).into(),
            seal_key: HpkeSecret::from_bytes(blake3::hash(name.as_bytes()).as_bytes()).public(),
            roles: [Role::Bidder, Role::Evaluator].into(),
        };
        let file = payload.sign(&[&signing("operator"), &signing(name)]).unwrap();
        ids.push(MemberId::from(file.record_id()));
        operator.append(file, 1_000).unwrap();
    }
    for number in 0..rounds {
        let entry = RoundEntry {
            market: market.clone(),
            terms: json!({ "fee_bps": "0", "revenue": (number + 1).to_string(), "unallocated_weight": "0" }),
            disclosure: quittance_engine::entry::Disclosure::Public,
            circuit_keys: Vec::new(),
            rule: rule.clone(),
            items: Vec::new(),
            sellers: Vec::new(),
            evaluator: ids.first().copied(),
            row_signers: RowSigners::Evaluator,
            parties: None,
            revenue_from: None,
            reopens: None,
            dust_to: Some(DustTo::Operator),
            close_at: "2030-01-01T12:00:00Z".parse().unwrap(),
            abort_at: "2030-01-02T12:00:00Z".parse().unwrap(),
            hpke_key: None,
        };
        let index = operator.append_own(&entry, 2_000).unwrap();
        let round = RoundId::from(operator.log().entry(index).unwrap().record_id());
        for value in 0..if number == 0 { reports } else { 0 } {
            let report = PerformanceReport {
                market: market.clone(),
                round,
                model: None,
                subject: ids.get(1).copied(),
                measure: Measure::Weight,
                value_ppm: Ppm(value),
                test_set: FileDigest([1; 32]),
                metric: "accuracy".parse().unwrap(),
                baseline_ppm: Ppm(0),
                score_ppm: Ppm(0),
            };
            operator.append(report.sign(&[&signing(names[0])]).unwrap(), 2_500).unwrap();
        }
        if number % 2 == 1 {
            let code = "no_rows".parse().unwrap();
            operator.append_own(&Abort { market: market.clone(), round, code }, 3_000).unwrap();
        }
    }
    operator.checkpoint().unwrap();
    let key = operator.market_key();
    let folder = exported(operator.log());
    let imported = tiles::import(MemoryStore::new(), &folder, &key.log, &CONTEXTS, &mut |_| ());
    (imported.unwrap().0, key)
}

fn exported(log: &Log<MemoryStore>) -> BTreeMap<String, Vec<u8>> {
    let mut folder = BTreeMap::new();
    let note = log.last_checkpoint().unwrap().unwrap();
    let put = tiles::export(log, &note, &mut |path, bytes| {
        folder.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    });
    put.unwrap();
    folder
}

#[test]
fn what_members_write_stays_text() {
    let names = [
        "</script><script>alert(1)</script>",
        "a\" onclick=\"alert(2)",
        "\u{202e}evil\u{1b}[31m",
        "<b>&amp;",
    ];
    let (log, key) = made(&names, 3, 0);
    let note = log.last_checkpoint().unwrap().unwrap();
    let (pages, judged) = written(&Site::read(&log, &note, &key).unwrap());
    assert_eq!((judged.verified, judged.rejected), (0, 0));
    links_lead_somewhere(&pages);
    for (path, page) in pages.iter().filter(|(path, _)| path.ends_with(".html") && *path != "verifier.html") {
        for harm in ["<script>alert", "<b>", "\" onclick", "\u{202e}", "\u{1b}"] {
            assert!(!page.contains(harm), "{path}: {harm}");
        }
        // The site's own, and data that no browser runs.
        let scripts = page.matches("<script").count();
        assert_eq!(
            scripts,
            1 + page.matches("<script class=\"entry\" type=\"text/plain\"").count()
                + page.matches("<script id=\"proof\" type=\"text/plain\"").count(),
            "{path}"
        );
    }
    assert!(
        pages["rounds/1.html"].contains("Round 1 takes bids until 2030-01-01 12:00:00 UTC; it has 0 rows.")
    );
    assert!(pages["rounds/2.html"].contains("Nobody had bid."));
    assert!(pages["members.html"].contains("&lt;b&gt;&amp;amp;"));
    let found = rows(&pages["search/names.js"]);
    assert!(
        found.iter().any(|(name, _, _)| name == "</script><script>alert(1)</script>"),
        "as it is, in a file"
    );
    assert!(found.iter().all(|(name, said, _)| !format!("{name}{said}").contains('\u{202e}')));
}

#[test]
fn long_lists_have_pages() {
    let names: Vec<String> = (0..501).map(|n| format!("member {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (log, key) = made(&names, 20, 1005);
    let note = log.last_checkpoint().unwrap().unwrap();
    let (pages, _) = written(&Site::read(&log, &note, &key).unwrap());
    links_lead_somewhere(&pages);
    assert!(
        pages["members.html"].contains("1 to 500 of 501")
            && pages["members-2.html"].contains("501 to 501 of 501")
    );
    assert!(pages["members-2.html"].contains("member 500") && !pages["members.html"].contains("member 500<"));
    assert!(!pages["rounds.html"].contains("class=\"pager\""));
    let firsts: Vec<&str> =
        pages.keys().filter(|path| path.starts_with("entries/")).map(String::as_str).collect();
    assert_eq!(firsts.len(), 7, "{firsts:?}");
    assert!(pages["entries/256.html"].contains("256 to 511 of 1537"));
    // 1,006 entries of the first round, of which its page shows the first and the last 500.
    let round = &pages["rounds/1.html"];
    assert_eq!(round.matches("report on").count(), 999);
    assert!(round.contains("6 entries more, from <a href=\"../entries/768.html#e1002\">1002</a> on"));
    let (_, evaluator) = pages
        .iter()
        .find(|(path, page)| path.starts_with("members/") && page.contains("<h1>member 0</h1>"))
        .unwrap();
    assert_eq!(evaluator.matches("evaluates").count(), 20);
    assert!(evaluator.contains("1006 entries."));
    assert!(pages["index.html"].contains("All 20 rounds"));
}

#[test]
fn a_ledger_of_one_entry() {
    let (log, key) = made(&[], 0, 0);
    let note = log.last_checkpoint().unwrap().unwrap();
    let (pages, _) = written(&Site::read(&log, &note, &key).unwrap());
    links_lead_somewhere(&pages);
    assert!(pages["rounds.html"].contains("There is none yet."));
    assert!(pages["entries/0.html"].contains("The market begins."));
}

/// Ids are spread over files of about four thousand.
#[test]
fn files_of_the_index_stay_small() {
    let digits = [0, 4096, 4097, 65_536, 70_000, 1_500_000].map(search::digits);
    assert_eq!(digits, [0, 0, 1, 1, 2, 3]);
}
