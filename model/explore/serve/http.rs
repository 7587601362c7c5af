//! Requests and answers. Whatever a request asks for, the server goes on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tiny_http::{Header, Method, Request, Response, Server};

use super::session::{Refusal, Session};

/// Threads that answer: a long search must not keep others from stepping.
const THREADS: usize = 4;

/// Listens, and says where: port 0 means any.
pub fn listen(address: SocketAddr) -> Result<(Server, SocketAddr), String> {
    let server = Server::http(address).map_err(|error| refused(address, &error.to_string()))?;
    let address = server.server_addr().to_ip().unwrap_or(address);
    Ok((server, address))
}

/// Why nobody can listen there.
pub fn refused(address: SocketAddr, error: &str) -> String {
    format!("cannot listen on {address}: {error}\nchoose another port with --port, or 0 for any that is free")
}

/// Answers requests for ever.
pub fn serve(server: Server, session: &Arc<Session>) {
    let server = Arc::new(server);
    let threads = (0..THREADS).map(|_| {
        let (server, session) = (Arc::clone(&server), Arc::clone(session));
        std::thread::spawn(move || {
            while let Ok(request) = server.recv() {
                reply(request, &session);
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        // A thread that ended has told why.
        let _ = thread.join();
    }
}

fn reply(request: Request, session: &Session) {
    let method = request.method().clone();
    let url = request.url().to_string();
    // A defect in one answer is no reason to end the others.
    let made = catch_unwind(AssertUnwindSafe(|| answer(session, &method, &url)));
    let (code, kind, body) = made.unwrap_or_else(|_| (500, TEXT, "an internal error; the server goes on".into()));
    let response = Response::from_string(body).with_status_code(code);
    let headers = [("Content-Type", kind), ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")];
    let headers = headers.iter().filter_map(|(name, value)| Header::from_bytes(*name, *value).ok());
    let response = headers.fold(response, Response::with_header);
    // A reader that went away is no error.
    let _ = request.respond(response);
}

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Code, type and body.
type Answer = (u16, &'static str, String);

fn answer(session: &Session, method: &Method, url: &str) -> Answer {
    if *method != Method::Get {
        return (405, TEXT, "ask with GET".into());
    }
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let path = query.get("path").copied().unwrap_or_default();
    let made = match place {
        "/" => return (200, HTML, session.page()),
        "/run" => session.run(path),
        "/next" => session.next(path),
        "/search" => session.search(path, query.get("claim").copied().unwrap_or_default()),
        "/trace" => session.trace(path),
        _ => return (404, TEXT, "there is no such page: / is the one to begin with".into()),
    };
    match made {
        Ok(json) => (200, JSON, json),
        Err(Refusal(why)) => (400, TEXT, why),
    }
}
