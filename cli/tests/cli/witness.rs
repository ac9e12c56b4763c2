//! Witnesses on loopback, and a market that waits for two of three of them.

use crate::run::{code, document, quittance, run, stderr};
use quittance_ledger::witness::AddCheckpoint;
use quittance_ledger::{CosigningKey, SigningKey};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// A `witness serve` of its own process; ended when it is dropped.
pub struct Serving {
    child: Child,
    /// What it said until it listened.
    pub said: String,
    address: String,
}

impl Serving {
    pub fn start(dir: &Path, name: &str) -> Self {
        let mut command = quittance(dir);
        command.args(["witness", "serve", name, "--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let (mut said, mut lines) = (String::new(), BufReader::new(child.stderr.take().unwrap()));
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ended: {said}");
            said.push_str(&line);
            if let Some((_, rest)) = line.split_once(" listens at http://") {
                break rest.split(';').next().unwrap().to_owned();
            }
        };
        // Nobody may stand in its way by not reading what it says.
        std::thread::spawn(move || lines.lines().for_each(drop));
        Self { child, said, address }
    }

    /// Ctrl-C, and how it ends.
    fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request and reads all of the answer.
fn post(address: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// How a lying witness answers.
#[derive(Clone, Copy, PartialEq)]
enum Lie {
    /// A right cosignature with a time of long ago.
    OldTime,
    /// A cosignature over another root.
    OtherRoot,
    /// Honest, but by another key from this size on.
    OtherKeyFrom(u64),
}

/// The key that the policy names for the liar.
fn liar_key() -> CosigningKey {
    CosigningKey::new("liar.example".parse().unwrap(), SigningKey::from_bytes(&[9; 32]))
}

fn lie(kind: Lie, body: &[u8]) -> Vec<u8> {
    let asked = AddCheckpoint::parse(body).unwrap().checkpoint;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut about = asked.checkpoint().clone();
    match kind {
        Lie::OldTime => liar_key().cosign(&about, 1_000_000).to_bytes(),
        Lie::OtherRoot => {
            about.head.root.0[0] ^= 1;
            liar_key().cosign(&about, now).to_bytes()
        }
        Lie::OtherKeyFrom(size) if about.head.size >= size => {
            let other = SigningKey::from_bytes(&[10; 32]);
            CosigningKey::new("liar.example".parse().unwrap(), other).cosign(&about, now).to_bytes()
        }
        Lie::OtherKeyFrom(_) => liar_key().cosign(&about, now).to_bytes(),
    }
}

/// A witness that cosigns whatever it is shown, in its own way. Lives as long as the test's process.
fn liar(kind: Arc<Mutex<Lie>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).unwrap() > 2 {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = lie(*kind.lock().unwrap(), &body);
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", answer.len());
            stream.write_all(&[head.as_bytes(), &answer].concat()).unwrap();
        }
    });
    address
}

/// Runs a line that must end so; its document, and what it said beside it.
fn ends(dir: &Path, line: &str, exit: i32) -> (Value, String) {
    let output = run(dir, &format!("{line} --json"));
    let said = stderr(&output);
    assert_eq!(code(&output), exit, "{line}: {said}{}", String::from_utf8_lossy(&output.stdout));
    let document = document(&output);
    crate::schemas::check(line, &document);
    (document, said)
}

/// Where the market's operator finds its witnesses.
fn write_urls(dir: &Path, template: &str, urls: &[(&str, &str)]) {
    let urls: String =
        urls.iter().map(|(name, address)| format!("{name} = \"http://{address}\"\n")).collect();
    fs::write(dir.join("shop/market.toml"), format!("{template}\n[witnesses]\n{urls}")).unwrap();
}

#[test]
fn a_round_waits_for_two_of_three_witnesses() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let key =
        |name: &str| ends(dir, &format!("witness new {name} --name {name}.example/w"), 0).0["key"].clone();
    let (north, river) = (key("north"), key("river"));
    let policy = format!(
        "# two of three\nwitness north {}\nwitness river {}\nwitness liar {}\ngroup two 2 north river liar\nquorum two\n",
        north.as_str().unwrap(),
        river.as_str().unwrap(),
        liar_key().witness_key()
    );
    fs::write(dir.join("policy"), policy).unwrap();
    let (made, _) = ends(dir, "init shop --origin example.com/shop --policy policy", 0);
    let log = made["market_key"].as_str().unwrap().lines().next().unwrap().to_owned();
    assert!(made["market_key"].as_str().unwrap().ends_with("\nquorum two\n"), "{made}");
    // A witness that follows nobody serves nobody.
    assert_eq!(ends(dir, "witness serve north", 2).0["code"], "not_checked");
    for name in ["north", "river"] {
        let logs = fs::read_to_string(dir.join(name).join("logs")).unwrap();
        fs::write(dir.join(name).join("logs"), format!("{logs}{log}\n")).unwrap();
    }
    let kind = Arc::new(Mutex::new(Lie::OldTime));
    let north = Serving::start(dir, "north");
    assert!(north.said.contains("follows example.com/shop, 0 entries"), "{}", north.said);
    // One process a witness.
    let second = run(dir, "witness serve north --listen 127.0.0.1:0 --json");
    assert_eq!((code(&second), &document(&second)["code"]), (2, &"witness_running".into()));
    let river = Serving::start(dir, "river");
    let lying = liar(kind.clone());
    let template = fs::read_to_string(dir.join("shop/market.toml")).unwrap();
    write_urls(dir, &template, &[("north", &north.address), ("river", &river.address), ("liar", &lying)]);

    fs::write(dir.join("terms.json"), r#"{"fee_bps":"0","revenue":"1000","unallocated_weight":"0"}"#)
        .unwrap();
    let open = "round open --dir shop --rule revenue-share/v1 --terms terms.json --dust-to \
                operator --close-at 2020-01-01T00:00:00Z --abort-at 2200-01-01T00:00:00Z -o round.json";
    ends(dir, open, 0);
    ends(dir, "round admit round.json --dir shop", 0);

    // One of the three is killed, one lies: no quorum saw the round open at its time.
    drop(river);
    for lie in [Lie::OldTime, Lie::OtherRoot, Lie::OtherKeyFrom(0)] {
        *kind.lock().unwrap() = lie;
        let (error, said) = ends(dir, "round close 1 --dir shop", 2);
        assert_eq!(error["code"], "closed_early");
        assert!(said.contains("witness river does not cosign"), "{said}");
        assert_eq!(said.contains("witness liar does not cosign"), lie != Lie::OldTime, "{said}");
    }
    // The liar is honest until the round is closed: closed, but not cosigned, so not settled.
    let size = 2;
    *kind.lock().unwrap() = Lie::OtherKeyFrom(size + 1);
    assert_eq!(ends(dir, "round close 1 --dir shop", 2).0["code"], "quorum_missing");
    assert_eq!(ends(dir, "round settle 1 --publish --dir shop", 2).0["code"], "quorum_missing");
    let (shown, _) = ends(dir, "round list --dir shop", 0);
    assert_eq!(shown["rounds"][0]["status"], "closed");
    // No larger tree is shown to the witnesses meanwhile.
    assert_eq!(ends(dir, "ledger checkpoint --cosign --dir shop", 2).0["code"], "quorum_missing");

    // Pages are about a tree with a quorum, and there is none yet.
    let site = |dir: &Path, name: &str, exit| {
        ends(
            dir,
            &format!("ledger export --site {name} --ledger shop/ledger --market shop/market.vkey"),
            exit,
        )
        .0
    };
    assert_eq!(site(dir, "early", 2)["code"], "quorum_missing");

    // Two honest witnesses are enough; the one that came back goes on where it stood.
    let river = Serving::start(dir, "river");
    write_urls(dir, &template, &[("north", &north.address), ("river", &river.address), ("liar", &lying)]);
    ends(dir, "round close 1 --dir shop", 0);
    ends(dir, "round settle 1 --publish --dir shop", 0);
    let (verdict, _) = ends(dir, "verify shop/rounds/1/bundle.json --market shop/market.vkey", 0);
    assert_eq!(verdict["verified"], true);
    let checks = verdict["checks"].as_array().unwrap();
    assert!(
        checks.iter().any(|check| check["name"] == "deadlines" && check["state"] == "passed"),
        "{verdict}"
    );
    ends(dir, "ledger replay --ledger shop/ledger --market shop/market.vkey", 0);
    let (note, _) = ends(dir, "ledger checkpoint --cosign --dir shop", 0);
    let note = note["note"].as_str().unwrap();
    assert!(note.contains("north.example/w") && note.contains("river.example/w"), "{note}");
    let late = site(dir, "late", 0);
    assert_eq!((&late["entries"], &late["verified"]), (&"4".into(), &"1".into()));
    // What came after is not cosigned: the pages are about the tree before.
    ends(dir, &open.replace("2200", "2201").replace("round.json", "second.json"), 0);
    ends(dir, "round admit second.json --dir shop", 0);
    assert_eq!(site(dir, "later", 0)["entries"], "4");
    // The notes travel with the ledger.
    ends(dir, "ledger export site --ledger shop/ledger", 0);
    ends(dir, "ledger import site --ledger copy --market shop/market.vkey", 0);
    let replayed =
        |ledger: &str| run(dir, &format!("ledger replay --ledger {ledger} --market shop/market.vkey --json"));
    assert_eq!(replayed("copy").stdout, replayed("shop/ledger").stdout);
    // Who has the key without the policy does not believe lines of strangers.
    let key = fs::read_to_string(dir.join("shop/market.vkey")).unwrap();
    let lines: Vec<&str> = key.lines().take(2).collect();
    fs::write(dir.join("other.vkey"), format!("{}\nquorum none\n", lines.join("\n"))).unwrap();
    let (verdict, _) = ends(dir, "verify shop/rounds/1/bundle.json --market other.vkey", 1);
    assert_eq!(verdict["code"], "checkpoint_signature_invalid");

    // 409 names the size; a witness that was ended with Ctrl-C remembers it.
    let request = |old: u64| format!("old {old}\n\n{note}");
    let conflict = post(&north.address, request(1).as_bytes());
    assert!(conflict.starts_with("HTTP/1.1 409 ") && conflict.ends_with("\r\n\r\n4\n"), "{conflict}");
    assert!(conflict.to_lowercase().contains("content-type: text/x.tlog.size\r\n"), "{conflict}");
    assert!(post(&north.address, b"nonsense").starts_with("HTTP/1.1 400 "));
    assert_eq!(north.interrupt(), Some(130));
    let north = Serving::start(dir, "north");
    assert!(north.said.contains("follows example.com/shop, 4 entries"), "{}", north.said);
    assert!(post(&north.address, request(4).as_bytes()).starts_with("HTTP/1.1 200 "));

    // A memory that is not this witness's is refused; so is a key that is not its own.
    drop((north, river));
    let memory = "state/example.com%2Fshop.checkpoint";
    fs::copy(dir.join("river").join(memory), dir.join("north").join(memory)).unwrap();
    assert_eq!(ends(dir, "witness serve north --listen 127.0.0.1:0", 2).0["code"], "ledger_failed");
    fs::copy(dir.join("river/witness.vkey"), dir.join("north/witness.vkey")).unwrap();
    assert_eq!(ends(dir, "witness serve north --listen 127.0.0.1:0", 2).0["code"], "key_malformed");
}

#[test]
fn a_witness_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    ends(dir, "witness new north --name north.example/w", 0);
    assert_eq!(ends(dir, "witness new north --name north.example/w", 2).0["code"], "file_exists");
    assert_eq!(ends(dir, "witness new other --name has+plus", 2).0["code"], "file_malformed");
    fs::write(dir.join("logs"), "no key\n").unwrap();
    assert_eq!(ends(dir, "witness new other --name o.example --log logs", 2).0["code"], "file_malformed");
    assert!(!dir.join("other").exists());
    fs::write(dir.join("policy"), "quorum nobody\n").unwrap();
    let wrong = ends(dir, "init shop --origin example.com/shop --policy policy", 2).0;
    assert_eq!((&wrong["code"], &wrong["file"]), (&"file_malformed".into(), &"policy".into()));
}
