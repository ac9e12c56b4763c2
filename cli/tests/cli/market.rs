//! A whole small market by commands alone, from `init` to `verify` and `replay`.

use crate::run::{code, copy_folder, document, quittance, run, run_with, stderr, walk};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use std::sync::OnceLock;
use tempfile::TempDir;

/// What the bidders bid, in cents.
const BIDS: [(&str, &str); 3] = [("ada", "90000\n"), ("ben", "125000\n"), ("cleo", "70000\n")];
const TIMES: &str = "--close-at 2030-01-01T12:00:00Z --abort-at 2030-01-08T12:00:00Z";

fn say(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(output))
}

/// Runs a line that must end so; gives its document.
fn ends(dir: &Path, line: &str, exit: i32) -> Value {
    let output = run(dir, &format!("{line} --json"));
    assert_eq!(code(&output), exit, "{line}: {}", say(&output));
    let document = document(&output);
    crate::schemas::check(line, &document);
    document
}

fn done(dir: &Path, line: &str) -> Value {
    ends(dir, line, 0)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A market with everybody in it, and a settled round.
struct Settled {
    dir: TempDir,
    /// What was printed on the way.
    said: String,
}

impl Settled {
    fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// A copy of it, for a test that writes: a ledger has one writer.
fn copy() -> TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_folder(settled().path(), to.path());
    to
}

/// The market is made once; tests look at it, or work on a copy.
fn settled() -> &'static Settled {
    static MARKET: OnceLock<Settled> = OnceLock::new();
    MARKET.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let said = open_round(dir.path()) + &bid_and_settle(dir.path());
        Settled { dir, said }
    })
}

/// Runs lines twice each: every step can be repeated.
fn twice(dir: &Path, line: &str) -> String {
    let mut said = String::new();
    for time in ["first", "second"] {
        let output = run(dir, line);
        assert_eq!(code(&output), 0, "{line} ({time}): {}", say(&output));
        said += &say(&output);
    }
    said
}

fn open_round(dir: &Path) -> String {
    let mut said = twice(dir, "init shop --origin example.com/shop --insecure-dev-keys");
    said += &twice(dir, "circuit-key setup uniform-price/v1 256 --dir shop --yes");
    for (name, roles) in [("sid", "seller"), ("ada", "bidder"), ("ben", "bidder"), ("cleo", "bidder")] {
        done(dir, &format!("key new {name}"));
        said += &twice(
            dir,
            &format!(
                "member request {name} --roles {roles} --market shop/market.vkey -o {name}.request.json"
            ),
        );
        said += &twice(dir, &format!("member add {name}.request.json --dir shop -o {name}/member.json"));
    }
    fs::write(dir.join("model.bin"), "weights").unwrap();
    said +=
        &twice(dir, "model commit model.bin --key sid --task digits --market shop/market.vkey -o model.json");
    said += &twice(dir, "round admit model.json --dir shop");
    let entries = done(dir, "ledger show --ledger shop/ledger");
    let model = entries["entries"].as_array().unwrap().iter().find(|entry| entry["kind"] == "model").unwrap();
    let model = text(&model["record"])[..12].to_owned();
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples/terms.json"), dir.join("terms.json"))
        .unwrap();
    said += &twice(
        dir,
        &format!(
            "round open --dir shop --rule uniform-price/v1 --terms terms.json --item {model} --seller sid {TIMES} \
             -o round.json"
        ),
    );
    said += &twice(dir, "cosign round.json --key sid");
    said + &twice(dir, "round admit round.json --dir shop")
}

/// The answer that was written for a file.
fn answer(dir: &Path, line: &str) -> (bool, String) {
    let output = run(dir, &format!("{line} --json"));
    let answers = document(&output)["answers"].clone();
    (answers[0]["admitted"] == true, text(&answers[0]["answer"]))
}

fn bid_and_settle(dir: &Path) -> String {
    let (admitted, receipt) = answer(dir, "round admit round.json --dir shop");
    assert!(admitted);
    let mut said = String::new();
    // A mistyped inbox is not made: the bid would lie where nobody looks.
    fs::create_dir(dir.join("inbox")).unwrap();
    assert_eq!(ends(dir, "bid submit model.json --to inobx", 2)["code"], "inbox_missing");
    assert!(!dir.join("inobx").exists());
    for (name, valuation) in BIDS {
        let line = format!(
            "bid new round.json --receipt {receipt} --market shop/market.vkey --key {name} --valuation - -o \
             {name}.bid.json"
        );
        let output = run_with(dir, &line, valuation.as_bytes());
        assert_eq!(code(&output), 0, "{line}: {}", say(&output));
        said += &say(&output);
        said += &twice(
            dir,
            &format!("bid check {name}.bid.json --opening {name}.bid.opening.json --ledger shop/ledger"),
        );
        said += &twice(dir, &format!("bid submit {name}.bid.json --to inbox"));
    }
    // A bid that comes too late is made before the close.
    let late =
        "bid new round.json --ledger shop/ledger --key cleo --member cleo --valuation - -o late.bid.json";
    assert_eq!(code(&run_with(dir, late, b"99999")), 0);
    let inbox: Vec<String> = (fs::read_dir(dir.join("inbox")).unwrap())
        .map(|file| format!("inbox/{}", file.unwrap().file_name().to_string_lossy()))
        .collect();
    assert_eq!(inbox.len(), 3, "a bid handed in twice is one file");
    said += &twice(dir, &format!("round admit {} --dir shop", inbox.join(" ")));
    said += &twice(dir, "round close 1 --dir shop");
    said += &twice(dir, "round settle 1 --prove --publish --yes --dir shop");
    said + &twice(dir, "round publish 1 -o bundle.json --dir shop")
}

#[test]
fn members_verify_what_was_settled() {
    let market = copy();
    for (name, _) in BIDS {
        let (admitted, receipt) = answer(market.path(), &format!("round admit {name}.bid.json --dir shop"));
        assert!(admitted, "{name}");
        let line = format!(
            "verify bundle.json --market shop/market.vkey --bid {name}.bid.json --opening {name}.bid.opening.json \
             --receipt {receipt}"
        );
        let verdict = done(market.path(), &line);
        assert_eq!(verdict["verified"], true, "{name}");
    }
}

#[test]
fn a_bid_with_another_signature_is_not_the_members() {
    let market = copy();
    let dir = market.path();
    let mut bid: Value = serde_json::from_slice(&fs::read(dir.join("ada.bid.json")).unwrap()).unwrap();
    let signature = text(&bid["signatures"][0]["sig"]);
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    bid["signatures"][0]["sig"] = format!("{other}{}", &signature[1..]).into();
    fs::write(dir.join("broken.json"), bid.to_string()).unwrap();
    let line =
        "verify bundle.json --market shop/market.vkey --bid broken.json --opening ada.bid.opening.json";
    let verdict = ends(dir, line, 1);
    assert_eq!((&verdict["code"], &verdict["verified"]), (&"signature_invalid".into(), &false.into()));
    let states: Vec<&str> =
        verdict["checks"].as_array().unwrap().iter().filter_map(|c| c["state"].as_str()).collect();
    assert_eq!(states[states.len() - 2..], ["failed", "skipped"]);
}

#[test]
fn a_round_that_admission_would_refuse_is_not_signed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    open_round(dir);
    let secrets = || fs::read_dir(dir.join("shop/private/rounds")).unwrap().count();
    let before = secrets();
    let line = "round open --dir shop --rule uniform-price/v1 --terms terms.json --item sid --seller sid --close-at \
                2030-01-08T12:00:00Z --abort-at 2030-01-01T12:00:00Z -o wrong.json";
    assert_eq!(ends(dir, line, 2)["code"], "terms_invalid");
    assert!(!dir.join("wrong.json").exists() && secrets() == before, "nothing is signed or kept");
}

#[test]
fn another_markets_key_is_no_answer() {
    let market = copy();
    let dir = market.path();
    done(dir, "init other --origin example.com/other");
    let mistaken = ["verify bundle.json", "verify round.json", "ledger replay --ledger shop/ledger"];
    for line in mistaken {
        let error = ends(dir, &format!("{line} --market other/market.vkey"), 2);
        assert_eq!(
            (&error["code"], &error["schema"]),
            (&"market_mismatch".into(), &"error/v1".into()),
            "{line}"
        );
        assert!(!error["hint"].is_null(), "{line}");
    }
}

#[test]
fn a_ledger_that_is_being_written_says_so() {
    let market = copy();
    let dir = market.path();
    let writer = quittance_ledger::RocksStore::open(dir.join("shop/ledger")).unwrap();
    let error = ends(dir, "round close 1 --dir shop", 2);
    assert_eq!(error["code"], "ledger_failed");
    assert!(text(&error["what"]).contains("another process"), "{error}");
    drop(writer);
    done(dir, "round close 1 --dir shop");
}

#[test]
fn replays_are_equal() {
    let market = settled();
    let line = "ledger replay --ledger shop/ledger --market shop/market.vkey --json";
    let [first, second] = [run(market.path(), line), run(market.path(), line)];
    assert_eq!(code(&first), 0, "{}", say(&first));
    assert!(!first.stdout.is_empty() && first.stdout == second.stdout);
}

#[test]
fn a_second_settlement_does_nothing() {
    let market = copy();
    let before = done(market.path(), "ledger checkpoint --ledger shop/ledger");
    let second = done(market.path(), "round settle 1 --prove --publish --yes --dir shop");
    assert_eq!(second["code"], "already_settled");
    assert_eq!(done(market.path(), "ledger checkpoint --ledger shop/ledger"), before);
}

#[test]
fn refused_files_get_signed_refusals() {
    let market = copy();
    let dir = market.path();
    for (file, expected) in [("late.bid.json", "round_closed"), ("model.json.txt", "file_malformed")] {
        fs::write(dir.join("model.json.txt"), "{}").unwrap();
        let output = run(dir, &format!("round admit {file} --dir shop --json"));
        assert_eq!(code(&output), 1, "{file}: {}", say(&output));
        let answers = document(&output)["answers"].clone();
        assert_eq!(answers[0]["code"], expected, "{file}");
        let refusal = text(&answers[0]["answer"]);
        let verify = format!("verify {refusal} --market shop/market.vkey");
        // The operator's key stands in entry 0, which the verifier must have.
        assert_eq!(ends(dir, &verify, 2)["code"], "not_checked");
        for source in ["--bundle bundle.json", "--ledger shop/ledger"] {
            assert_eq!(done(dir, &format!("{verify} {source} --bid {file}"))["verified"], true);
            assert_eq!(ends(dir, &format!("{verify} {source} --bid ada.bid.json"), 1)["verified"], false);
        }
    }
    // Refused files stop no others.
    let both = run(dir, "round admit late.bid.json ada.bid.json --dir shop --json");
    let answers = document(&both)["answers"].clone();
    assert_eq!((code(&both), &answers[1]["admitted"]), (1, &true.into()));
}

#[test]
fn a_copied_bid_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    open_round(dir);
    let (_, receipt) = answer(dir, "round admit round.json --dir shop");
    let line = format!(
        "bid new round.json --receipt {receipt} --market shop/market.vkey --key ada --valuation - -o ada.bid.json"
    );
    assert_eq!(code(&run_with(dir, &line, b"90000")), 0);
    // Ben takes Ada's sealed row, says it is his, and signs it.
    let members = done(dir, "member list --dir shop");
    let id = |name: &str| {
        let members = members["members"].as_array().unwrap();
        text(&members.iter().find(|member| member["name"] == name).unwrap()["member"])
    };
    let copied = copy_of(&dir.join("ada.bid.json"), &id("ada"), &id("ben"), &dir.join("ben/signing.key"));
    fs::write(dir.join("copied.json"), copied).unwrap();
    let refused = ends(dir, "round admit copied.json --dir shop", 1);
    assert_eq!(refused["answers"][0]["code"], "opening_mismatch");
    assert_eq!(done(dir, "round admit ada.bid.json --dir shop")["answers"][0]["admitted"], true);
    // Closed with one row; an abort of it would stay for ever, so it wants a word.
    assert_eq!(ends(dir, "round abort 1 --code regret --dir shop", 2)["code"], "not_agreed");
    assert_eq!(done(dir, "round abort 1 --code regret --yes --dir shop")["cause"], "by the operator's fault");
}

/// A bid with another member in it, signed by that member.
fn copy_of(bid: &Path, from: &str, to: &str, key: &Path) -> String {
    use quittance_ledger::{Envelope, SigningKey};
    let envelope = Envelope::parse(&fs::read(bid).unwrap()).unwrap();
    let payload = String::from_utf8(envelope.payload().to_vec()).unwrap().replace(from, to);
    let mut secret = [0; 32];
    hex::decode_to_slice(fs::read_to_string(key).unwrap().trim(), &mut secret).unwrap();
    let key = SigningKey::from_bytes(&secret);
    Envelope::sign(envelope.payload_type(), payload, &[&key]).unwrap().to_json()
}

#[test]
fn secrets_stay_in_their_files() {
    let market = settled();
    let mut secrets: Vec<String> = Vec::new();
    let mut published = market.said.clone();
    walk(market.path(), &mut |path| {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let secret = [".key", ".seed", ".opening.json", ".name.json"].iter().any(|end| name.ends_with(end));
        let bytes = fs::read(path).unwrap();
        if secret || name.ends_with(".pk") {
            assert_eq!(mode, 0o600, "{name}");
        }
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(opening) if secret && name.ends_with(".opening.json") => {
                secrets.push(text(&opening["blinding"]));
            }
            _ if name.ends_with(".key") || name.ends_with(".seed") => {
                secrets.push(String::from_utf8(bytes).unwrap().trim().to_owned());
            }
            _ if !secret => published.push_str(&String::from_utf8_lossy(&bytes)),
            _ => {}
        }
    });
    assert!(secrets.len() > 15, "{}", secrets.len());
    for secret in secrets {
        assert_eq!(secret.len(), 64);
        let raw = hex::decode(&secret).unwrap();
        assert!(!published.contains(&secret) && !published.as_bytes().windows(32).any(|w| w == raw));
    }
}

#[test]
fn what_cannot_be_undone_wants_a_word() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    done(dir, "init shop --origin example.com/shop --insecure-dev-keys");
    assert_eq!(ends(dir, "circuit-key setup uniform-price/v1 256 --dir shop", 2)["code"], "not_agreed");
    assert_eq!(ends(dir, "init shop --origin example.com/other", 2)["code"], "market_mismatch");
    assert_eq!(ends(dir, "round list", 2)["code"], "market_dir_missing");
    assert_eq!(done(dir, "round list --dir shop")["rounds"], serde_json::json!([]));
    // In the market's folder, nothing needs to be named.
    assert_eq!(code(&quittance(&dir.join("shop")).args(["ledger", "show"]).output().unwrap()), 0);
    let output = run(dir, "bid new round.json --key ada --valuation 125000 -o bid.json");
    assert_eq!(code(&output), 2);
}

/// A dev key makes room for a ceremony's, and does not come back.
#[test]
fn a_ceremony_replaces_a_dev_key() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let powers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/ptau/snarkjs-9.ptau");
    fs::copy(powers, dir.join("powers.ptau")).unwrap();
    done(dir, "init shop --origin example.com/shop --insecure-dev-keys");
    done(dir, "circuit-key setup fine-tuning-bargain/v1 1 --dir shop --yes");
    done(dir, "ceremony phase2 fine-tuning-bargain/v1:1 --powers powers.ptau -o 0.ceremony");
    done(dir, "ceremony contribute 0.ceremony --powers powers.ptau --name Ada -o 1.ceremony");
    let finish = "ceremony finish last.ceremony --powers powers.ptau --dir shop";
    fs::copy(dir.join("1.ceremony"), dir.join("last.ceremony")).unwrap();
    assert_eq!(ends(dir, finish, 2)["code"], "ceremony_unfit");
    fs::remove_file(dir.join("last.ceremony")).unwrap();
    let value = "00112233445566778899aabbccddeeff";
    done(
        dir,
        &format!(
            "ceremony beacon 1.ceremony --powers powers.ptau --name block --value {value} -o last.ceremony"
        ),
    );
    assert_eq!(
        ends(dir, "ceremony contribute last.ceremony --powers powers.ptau --name Eve -o 3.ceremony", 2)["code"],
        "ceremony_unfit"
    );
    assert!(!dir.join("3.ceremony").exists());
    // The dev key is in force; nothing is written over it.
    let vk = fs::read(dir.join("shop/keys/fine-tuning-bargain-v1-1.vk")).unwrap();
    assert_eq!(ends(dir, finish, 2)["code"], "duplicate_entry");
    assert_eq!(fs::read(dir.join("shop/keys/fine-tuning-bargain-v1-1.vk")).unwrap(), vk);
    let withdraw = "circuit-key withdraw fine-tuning-bargain/v1 1 --dir shop";
    assert_eq!(ends(dir, withdraw, 2)["code"], "not_agreed");
    done(dir, &format!("{withdraw} --yes"));
    assert_eq!(ends(dir, &format!("{withdraw} --yes"), 2)["code"], "rule_withdrawn");
    // Its files are still there, for rounds that are open.
    assert_eq!(ends(dir, finish, 2)["code"], "key_mismatch");
    let finished = done(dir, &format!("{finish} --yes"));
    assert_eq!(done(dir, finish), finished, "repeated, it changes nothing");
    let verified = done(dir, "ceremony verify last.ceremony --powers powers.ptau");
    assert_eq!(verified["keys"], finished["keys"]);
    let listed = &done(dir, "circuit-key list --dir shop")["keys"][0];
    assert_eq!(
        (&listed["circuit_key"], &listed["made_by"]),
        (&finished["keys"][0]["circuit_key"], &"a ceremony (claimed)".into())
    );
    let transcript = fs::read(dir.join(text(&finished["transcript"]))).unwrap();
    assert_eq!(blake3::hash(&transcript).to_hex().as_str(), text(&finished["digest"]));
    assert_eq!(done(dir, "circuit-key check shop/keys/fine-tuning-bargain-v1-1.vk")["safe"], true);
    done(dir, "ledger replay --ledger shop/ledger --market shop/market.vkey");
    // What cannot be read, and what does not hold.
    let mut bytes = fs::read(dir.join("last.ceremony")).unwrap();
    let at = bytes.len() - 1000;
    bytes[at] ^= 1;
    fs::write(dir.join("bad.ceremony"), &bytes).unwrap();
    let refused = ends(dir, "ceremony verify bad.ceremony --powers powers.ptau", 2);
    assert_eq!(refused["code"], "file_malformed", "{refused}");
    let text = String::from_utf8_lossy(&fs::read(dir.join("last.ceremony")).unwrap()).into_owned();
    let at = text.find("Ada").unwrap();
    let mut bytes = fs::read(dir.join("last.ceremony")).unwrap();
    bytes[at..at + 3].copy_from_slice(b"Eve");
    fs::write(dir.join("bad.ceremony"), &bytes).unwrap();
    let refused = ends(dir, "ceremony verify bad.ceremony --powers powers.ptau", 1);
    assert_eq!((&refused["code"], &refused["verified"]), (&"ceremony_invalid".into(), &false.into()));
}

#[test]
fn circuit_keys_are_checked() {
    let market = settled();
    let vk = market.path().join("shop/keys/uniform-price-v1-256.vk");
    let checked = done(market.path(), "circuit-key check shop/keys/uniform-price-v1-256.vk");
    assert_eq!(checked["safe"], true);
    let listed = done(market.path(), "circuit-key list --dir shop");
    assert_eq!(listed["keys"][0]["circuit_key"], checked["circuit_key"]);
    // Another circuit: the matrices digest follows the two names.
    let mut bytes = fs::read(vk).unwrap();
    let digest = 8 + 1 + "uniform-price/v1".len() + 1 + "256".len();
    bytes[digest] ^= 1;
    fs::write(market.path().join("other.vk"), bytes).unwrap();
    assert_eq!(ends(market.path(), "circuit-key check other.vk", 1)["code"], "key_unsafe");
}
