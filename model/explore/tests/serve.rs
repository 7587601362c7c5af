//! A running server: what it answers, what it refuses, and that nothing ends it.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use common::Folder;
use serde_json::Value;

/// A server that is gone when the test is.
struct Server {
    child: Child,
    page: SocketAddr,
    explorer: Option<SocketAddr>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts one on free ports and waits until it listens.
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut command = folder.command(&[&["serve", "v4.20", "--port", "0"], args].concat());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("explore runs");
        let stderr = BufReader::new(child.stderr.take().expect("stderr"));
        let lines: Vec<String> =
            stderr.lines().map(|line| line.expect("UTF-8")).take_while(|line| line != "Ctrl-C ends it").collect();
        let addresses =
            lines.iter().filter_map(|line| line.split_once("http://")?.1.trim_end_matches('/').parse().ok());
        let addresses: Vec<SocketAddr> = addresses.collect();
        Server {
            child,
            page: *addresses.first().unwrap_or_else(|| panic!("{lines:?}")),
            explorer: addresses.get(1).copied(),
        }
    }

    /// Code and body of an answer of the page's server.
    fn get(&self, place: &str) -> (u16, String) {
        get(self.page, place)
    }

    /// The same, as JSON that must be there.
    #[track_caller]
    fn json(&self, place: &str) -> Value {
        let (code, body) = self.get(place);
        assert_eq!(code, 200, "{place}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }
}

/// HTTP/1.0: an answer comes in one piece, and the connection ends with it.
fn get(address: SocketAddr, place: &str) -> (u16, String) {
    talk(address, &format!("GET {place} HTTP/1.0\r\nHost: {address}\r\n\r\n"))
}

fn talk(address: SocketAddr, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.write_all(request.as_bytes()).expect("written");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let code = answer.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (code, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_string()).unwrap_or_default())
}

/// `0.0,2.1`
fn written(steps: &Value) -> String {
    let steps = steps.as_array().expect("steps").iter();
    steps.map(|step| format!("{}.{}", step[0], step[1])).collect::<Vec<_>>().join(",")
}

#[test]
fn a_violation_is_found_from_a_state_in_the_middle_exported_and_replayed() {
    let folder = Folder::new("serve-search");
    let server = Server::start(&folder, &["--no-explorer"]);
    let first = server.json("/next?path=")["next"][0].clone();
    let begun = format!("{}.{}", first["context"], first["choice"]);
    let found = server.json(&format!("/search?claim=S2s&path={begun}"));
    let path = format!("{begun},{}", written(&found["steps"]));
    let run = server.json(&format!("/run?path={path}"));
    let steps = run["bundle"]["races"][0]["runs"][0]["steps"].as_array().map(Vec::len);
    assert_eq!(steps, Some(path.split(',').count()));
    let (code, trace) = server.get(&format!("/trace?path={path}"));
    assert_eq!(code, 200, "{trace}");
    let file = folder.write("exported.json", &trace);
    assert!(folder.explore(&["replay", &file]).exits(0).stdout().contains("confirmed: S2s"));
    // The same search from the beginning can be no longer than through this step.
    let shortest = server.json("/search?claim=S2s&path=");
    assert!(shortest["steps"].as_array().map(Vec::len) <= steps);
}

#[test]
fn a_claim_that_holds_is_answered_with_all_states_that_follow() {
    let folder = Folder::new("serve-holds");
    let server = Server::start(&folder, &["--no-explorer"]);
    let found = server.json("/search?claim=S0&path=");
    assert_eq!(found["complete"], true, "{found}");
    // Nothing can be reached from the beginning that a whole search does not see.
    let all = folder.explore(&[
        "check",
        "v4.20",
        "--scenario",
        "pin/overwrite",
        "--no-slice",
        "--no-symmetry",
        "--no-traces",
    ]);
    let states: u64 = all
        .stdout()
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1))
        .expect("states")
        .replace(',', "")
        .parse()
        .expect("a number");
    assert_eq!(found["states"], states);
}

#[test]
fn a_bad_question_is_refused_with_a_reason_and_the_server_goes_on() {
    let folder = Folder::new("serve-bad");
    let server = Server::start(&folder, &["--no-explorer"]);
    let long = format!("/run?path={}", "0.0,".repeat(6_000));
    let bad = [
        "/run?path=99.0",
        "/run?path=x",
        "/run?path=0",
        "/run?path=0.4000000000",
        "/run?path=-1.0",
        &long,
        "/next?path=70000.0",
        "/search?path=",
        "/search?claim=S999&path=",
        "/trace?path=",
        "/nothing",
        "/..%2f..%2fetc/passwd",
        "/run?path=%ff",
    ];
    for place in bad {
        let (code, why) = server.get(place);
        assert!((400..500).contains(&code) && !why.is_empty(), "{place:.40}: {code} {why}");
    }
    assert_eq!(
        talk(server.page, "POST /run HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi").0,
        405
    );
    talk(server.page, "\u{1}\u{2} nonsense\r\n\r\n");
    // A reader that goes away before it is answered.
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.page).expect("somebody listens");
        stream.write_all(b"GET /search?claim=S0&path= HTTP/1.1\r\nHost: x\r\n\r\n").expect("written");
    }
    assert_eq!(server.get("/next?path=").0, 200);
}

#[test]
fn it_listens_on_this_machine_only_unless_told_otherwise() {
    let folder = Folder::new("serve-loopback");
    let server = Server::start(&folder, &[]);
    assert!(server.page.ip().is_loopback(), "{}", server.page);
    assert!(server.explorer.is_some_and(|address| address.ip().is_loopback()));
}

#[test]
fn a_port_that_is_taken_is_told_with_a_way_out() {
    let folder = Folder::new("serve-taken");
    let server = Server::start(&folder, &["--no-explorer"]);
    let port = server.page.port().to_string();
    let refused = folder.explore(&["serve", "v4.20", "--no-explorer", "--port", &port]);
    assert!(refused.exits(2).stderr().contains("choose another port with --port"), "{}", refused.stderr());
}

#[test]
fn staterights_explorer_has_readable_states_and_survives_a_bad_path() {
    let folder = Folder::new("serve-explorer");
    let server = Server::start(&folder, &[]);
    let explorer = server.explorer.expect("an address");
    let ready = (0..50).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        TcpStream::connect(explorer).is_ok()
    });
    assert!(ready);
    let (code, states) = get(explorer, "/.states/0");
    assert_eq!(code, 200);
    assert!(states.contains("pages[0].allocated: yes") && states.contains("rdma: "), "{states:.2000}");
    for bad in ["/.states/0/999", "/.states/7", "/.states/x", "/.states/0/-1"] {
        assert_eq!(get(explorer, bad).0, 404, "{bad}");
    }
    assert_eq!(get(explorer, "/.status").0, 200);
}

/// Steps, forks, searches and exports in a browser.
#[test]
fn the_page_steps_forks_searches_and_exports_without_an_error() {
    let browser = format!("{}/model/explore/tests/browser", env!("CARGO_MANIFEST_DIR"));
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into());
    let node = Command::new("node").arg("--version").output().is_ok();
    let driver = std::path::Path::new(&browser).join("node_modules/playwright-core");
    if !node || !std::path::Path::new(&chromium).exists() || !driver.exists() {
        println!("skipped: no chromium, no node, or no playwright-core (.ci/run installs them)");
        return;
    }
    let folder = Folder::new("serve-browser");
    let server = Server::start(&folder, &["--no-explorer"]);
    let mut walk = Command::new("node");
    walk.arg(format!("{browser}/live.mjs"))
        .arg(format!("http://{}/", server.page))
        .args(std::env::var("PICTURES").ok());
    let run = walk.output().expect("node runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let seen: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(seen["errors"], Value::Array(Vec::new()));
    assert_eq!(seen["stepped"], "3 of 3");
    assert_eq!(seen["forked"], "2 of 2");
    assert!(seen["answer"].as_str().is_some_and(|answer| answer.starts_with("Yes: S2s")), "{seen}");
    assert!(seen["end"].as_str().is_some_and(|end| end.contains("Violates S2s")), "{seen}");
    let file = folder.write("exported.json", seen["exported"].as_str().expect("a trace"));
    folder.explore(&["replay", &file]).exits(0);
}
