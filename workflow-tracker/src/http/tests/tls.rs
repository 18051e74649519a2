//! Secure connections, against a server on this machine with a certificate that it signed itself.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use reqwest::header::HeaderMap;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, Stream};

use super::super::transport::{HttpTransport, Setup, Timeouts};
use super::super::url::{Clear, Endpoint};
use super::super::{HttpTracker, tls};
use crate::Tracker as _;
use crate::answer::{Answer, BlockedReason};
use crate::transport::{Fault, FaultKind, Reply, Request, Transport};

/// Made for `localhost` by `openssl req -new -x509`; it protects nothing.
const CERTIFICATE: &[u8] = include_bytes!("../testdata/localhost.cert.der");
const KEY: &[u8] = include_bytes!("../testdata/localhost.key.der");

/// Serves one connection after the other, each by `serve`, on a thread that ends with the process.
fn listen(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    port
}

/// A server that answers one request with 204, over TLS.
fn secure_server() -> u16 {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            let config = config.with_no_client_auth();
            config.with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key)
        })
        .expect("a good configuration");
    let config = Arc::new(config);
    listen(move |mut socket| {
        let config = Arc::clone(&config);
        let mut connection = ServerConnection::new(config).expect("a connection");
        let mut stream = Stream::new(&mut connection, &mut socket);
        let mut request = Vec::new();
        let mut buffer = [0; 1024];
        while !request.ends_with(b"events") {
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
                _ => return,
            }
        }
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    })
}

fn request() -> Request {
    Request::new(
        "text/plain",
        b"events".as_slice().into(),
        "key".to_owned(),
        1,
    )
}

fn send(transport: &dyn Transport) -> Result<u16, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let reply = runtime.block_on(transport.send(&request()));
    reply.map(|Reply { head, .. }| head.status)
}

/// The fault of a request to a port of this machine that nobody has told to trust anything.
fn fault(port: u16) -> Fault {
    let url = format!("https://localhost:{port}/in?token=s3cret");
    let tracker = HttpTracker::new(&url).expect("a good url");
    let sent = tracker.connect().and_then(|transport| send(&*transport));
    sent.expect_err("nobody trusts that server")
}

#[test]
fn a_certificate_that_nobody_trusts_blocks() {
    let fault = fault(secure_server());
    assert_eq!(fault.kind, FaultKind::Tls, "{fault}");
    assert_eq!(
        Answer::of_fault(&fault),
        Answer::Blocked(BlockedReason::Tls)
    );
    assert!(
        fault.to_string().contains("no secure connection"),
        "{fault}"
    );
    assert!(!fault.to_string().contains("s3cret"), "{fault}");
}

#[test]
fn garbage_in_place_of_a_handshake_is_tried_again() {
    let port = listen(|mut socket| {
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        // Closing it with something unread would reset it before the client has read anything.
        while matches!(socket.read(&mut [0; 1024]), Ok(read) if read > 0) {}
    });
    let fault = fault(port);
    assert_eq!(fault.kind, FaultKind::Broken, "{fault}");
}

#[test]
fn a_trusted_certificate_lets_requests_through() {
    let mut roots = RootCertStore::empty();
    let added = roots.add(CertificateDer::from(CERTIFICATE));
    added.expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trusting = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions that ring supports")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let url = format!("https://localhost:{}/", secure_server());
    let endpoint = Endpoint::parse(&url, Clear::ThisMachine).expect("a good url");
    let transport = HttpTransport::new(Setup {
        url: endpoint.url().clone(),
        headers: HeaderMap::new(),
        credentials: None,
        timeouts: Timeouts::default(),
        tls: trusting,
    });
    assert_eq!(send(&transport), Ok(204));
}

#[test]
fn no_provider_is_installed_for_the_process() {
    let trust = tls::Trust::default();
    trust
        .on_this_machine()
        .expect("this machine trusts somebody");
    tls::trusting_nobody();
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}
