//! HTTP/1.1 for witnesses: a small server and one request, both on the thread that calls them.
//!
//! No TLS: a proxy in front of a witness speaks it, and a witness behind TLS is asked through a local proxy. Whoever
//! connects is taken for hostile: what is read is bounded in bytes, time and connections.

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::timeout;

/// Most connections at once; others wait.
const CONNECTIONS: usize = 256;
/// Longest wait for a request's head.
const HEAD: Duration = Duration::from_secs(10);
/// Longest life of a connection.
const CONNECTION: Duration = Duration::from_secs(60);
/// Longest wait for the answer to a request of ours.
const ANSWER: Duration = Duration::from_secs(10);
/// Longest answer to a request of ours that is read.
const MAX_ANSWER: usize = 64 * 1024;

/// What is answered.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub kind: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// A line of text.
    pub fn text(status: u16, text: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", body: format!("{text}\n").into_bytes() }
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.body)));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        response
    }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()
}

/// Answers `POST`s to a path, of bodies up to `limit` bytes, for ever. Everything else is declined here.
///
/// # Errors
/// The system has no connections to give.
pub fn serve(
    listener: TcpListener,
    path: &'static str,
    limit: usize,
    answer: impl Fn(&[u8]) -> Reply + 'static,
) -> io::Result<Infallible> {
    listener.set_nonblocking(true)?;
    let answer = Rc::new(answer);
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    LocalSet::new().block_on(&runtime()?, async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let Ok(place) = room.clone().acquire_owned().await else {
                return Err(io::Error::other("no room for connections"));
            };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                // The other side is gone, or there are no file descriptors left for now.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let answer = answer.clone();
            tokio::task::spawn_local(async move {
                let _place = place;
                converse(stream, path, limit, answer.as_ref()).await;
            });
        }
    })
}

/// Answers what comes over one connection, until the other side ends it or has had its time.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    path: &str,
    limit: usize,
    answer: &impl Fn(&[u8]) -> Reply,
) {
    let service = hyper::service::service_fn(|request| async {
        Ok::<_, Infallible>(respond(request, path, limit, answer).await.into_response())
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    // How a connection ends is the other side's business.
    let _ = timeout(CONNECTION, http.serve_connection(TokioIo::new(stream), service)).await;
}

async fn respond(
    request: Request<Incoming>,
    path: &str,
    limit: usize,
    answer: &impl Fn(&[u8]) -> Reply,
) -> Reply {
    if request.uri().path() != path {
        return Reply::text(404, "nothing is here");
    }
    if request.method() != Method::POST {
        return Reply::text(405, "POST only");
    }
    let too_long = || Reply::text(413, "the request is too long");
    // Said before anything of it is read.
    if request.body().size_hint().lower() > limit as u64 {
        return too_long();
    }
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => answer(&body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => too_long(),
        Err(_) => Reply::text(400, "the request was not received whole"),
    }
}

/// Posts a body to a path below a URL: the status and the body of the answer.
///
/// # Errors
/// What went wrong, in words.
pub fn post(url: &str, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let asked: Uri = format!("{}{path}", url.trim_end_matches('/'))
        .parse()
        .map_err(|_| format!("{url:?} is not a URL such as http://127.0.0.1:8400"))?;
    match asked.scheme_str() {
        Some("http") => {}
        Some("https") => {
            return Err("https is not built in: ask through a local proxy that speaks TLS, and name the \
                        proxy's http address in market.toml"
                .into());
        }
        _ => return Err(format!("{url:?} is not a URL such as http://127.0.0.1:8400")),
    }
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let runtime = runtime().map_err(|error| words(&error))?;
    let exchange = async { timeout(ANSWER, exchange(&asked, body)).await };
    LocalSet::new().block_on(&runtime, exchange).unwrap_or_else(|_| Err("it does not answer in time".into()))
}

async fn exchange(asked: &Uri, body: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let host = asked.host().ok_or("the URL names no host")?;
    let port = asked.port_u16().unwrap_or(80);
    let address = (host.trim_matches(['[', ']']), port);
    let stream = tokio::net::TcpStream::connect(address).await;
    let stream = stream.map_err(|error| crate::error::reason(&error))?;
    exchange_over(stream, asked, host, body).await
}

/// Sends the request over a connection, and reads the answer.
async fn exchange_over(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    asked: &Uri,
    host: &str,
    body: &[u8],
) -> Result<(u16, Vec<u8>), String> {
    let broken = |error: hyper::Error| format!("the connection broke: {error}");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::task::spawn_local(async move {
        // The request says how it went.
        let _ = connection.await;
    });
    let authority = asked.authority().map_or(host, |authority| authority.as_str());
    let target = asked.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(target)
        .header(HOST, authority)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(Full::new(Bytes::copy_from_slice(body)))
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(broken)?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
    let body = body.map_err(|_| "its answer is too long, or broke off".to_owned())?;
    Ok((status, body.to_bytes().to_vec()))
}

/// The server's side of a connection on which these bytes come, and no more: what it writes.
///
/// # Errors
/// The system has no connections to give.
pub fn served(
    bytes: &[u8],
    path: &str,
    limit: usize,
    answer: &impl Fn(&[u8]) -> Reply,
) -> io::Result<Vec<u8>> {
    let sent = bytes.to_vec();
    LocalSet::new().block_on(&runtime()?, async {
        let (ours, mut theirs) = UnixStream::pair()?;
        let said = tokio::task::spawn_local(async move {
            // The server may hang up before it has read everything.
            let _ = theirs.write_all(&sent).await;
            let _ = theirs.shutdown().await;
            let mut said = Vec::new();
            let _ = theirs.read_to_end(&mut said).await;
            said
        });
        converse(ours, path, limit, answer).await;
        said.await.map_err(io::Error::other)
    })
}

/// What is read of a server that answers a request of ours with these bytes.
///
/// # Errors
/// What went wrong, in words.
pub fn answered(bytes: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let words = |error: io::Error| error.to_string();
    let asked = Uri::from_static("http://127.0.0.1/add-checkpoint");
    let sent = bytes.to_vec();
    LocalSet::new().block_on(&runtime().map_err(words)?, async {
        let (ours, mut theirs) = UnixStream::pair().map_err(words)?;
        tokio::task::spawn_local(async move {
            let mut request = [0; 4096];
            let _ = theirs.read(&mut request).await;
            let _ = theirs.write_all(&sent).await;
        });
        exchange_over(ours, &asked, "127.0.0.1", b"body").await
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};

    /// A server that answers with the length of what it was sent.
    fn started() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            serve(listener, "/add", 1000, |body| Reply::text(200, &body.len().to_string()))
        });
        address
    }

    /// What the server says to these bytes, until it closes or has said something.
    fn said(address: SocketAddr, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer).unwrap_or(0);
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    #[test]
    fn what_is_posted_is_answered() {
        let url = format!("http://{}", started());
        for length in [0, 1, 1000] {
            let answer = post(&url, "/add", &vec![b'x'; length]);
            assert_eq!(answer, Ok((200, format!("{length}\n").into_bytes())));
        }
        assert_eq!(post(&format!("{url}/"), "/add", b"").map(|answer| answer.0), Ok(200));
        assert_eq!(post(&url, "/add", &[b'x'; 1001]).map(|answer| answer.0), Ok(413));
        assert_eq!(post(&url, "/other", b"").map(|answer| answer.0), Ok(404));
        assert_eq!(post(&format!("{url}/add"), "/add", b"").map(|answer| answer.0), Ok(404));
    }

    #[test]
    fn strange_requests_are_declined_and_the_server_goes_on() {
        let address = started();
        let head = "POST /add HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n";
        let chunked = [head.as_bytes(), &[b'x'; 2000]].concat();
        for (bytes, expected) in [
            (&b"GET /add HTTP/1.1\r\nHost: x\r\n\r\n"[..], " 405 "),
            (b"POST /add HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\nx", " 4"),
            (b"POST /add HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nx", " 413 "),
            (&chunked, " 413 "),
            (b"nonsense\r\n\r\n", " 400 "),
        ] {
            let answer = said(address, bytes);
            let line = answer.lines().next().unwrap_or_default();
            assert!(line.contains(expected) || line.is_empty(), "{bytes:?}: {answer}");
            assert_eq!(post(&format!("http://{address}"), "/add", b"abc").map(|answer| answer.0), Ok(200));
        }
        // Somebody who sends half a request keeps nobody else waiting.
        let mut half = TcpStream::connect(address).unwrap();
        half.write_all(b"POST /add HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").unwrap();
        assert_eq!(post(&format!("http://{address}"), "/add", b"abc").map(|answer| answer.0), Ok(200));
    }

    #[test]
    fn urls_that_cannot_be_asked_say_why() {
        for (url, why) in [
            ("https://witness.example", "https is not built in"),
            ("witness.example", "is not a URL"),
            ("ftp://witness.example", "is not a URL"),
            ("", "is not a URL"),
            ("http://", "is not a URL"),
        ] {
            let error = post(url, "/add", b"").unwrap_err();
            assert!(error.contains(why), "{url}: {error}");
        }
        // A port that nobody listens at any more.
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(post(&format!("http://{gone}"), "/add", b"").is_err());
    }
}
