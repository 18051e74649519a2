//! Certificates, by an authority made in the test: what is trusted is delivered to, and the rest
//! blocks without a byte in clear.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use workflow_tracker::{BlockedReason, HttpTracker, TrackerError};

use crate::kit::{Setup, quick};

/// An authority that nobody knows.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "an authority of this test");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// A server for this name on a port of this machine, which counts the requests that it reads.
    fn serve(&self, name: &str, until_year: i32) -> Server {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until_year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Server::start(certificate.der().clone(), key)
    }
}

struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    fn start(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let config = config.with_no_client_auth();
                config.with_single_cert(vec![certificate], key)
            });
        let config = Arc::new(config.expect("a good configuration"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        // It ends with the process.
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if answer(socket, &config).is_some() {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let url = format!("https://localhost:{port}/events?key=s3cret");
        Self { url, requests }
    }
}

/// Answers one request with 204; nothing where the connection ends before it is whole.
fn answer(mut socket: TcpStream, config: &Arc<ServerConfig>) -> Option<()> {
    let mut connection = ServerConnection::new(Arc::clone(config)).ok()?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.ends_with(b"]}") {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
            Ok(_) | Err(_) => return None,
        }
    }
    let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    stream.write_all(answer).ok()?;
    connection.send_close_notify();
    connection.complete_io(&mut socket).ok().map(|_| ())
}

fn tracker(server: &Server) -> HttpTracker {
    let tracker = HttpTracker::new(&server.url).expect("a good url");
    tracker.pace(quick())
}

#[test]
fn an_authority_that_is_trusted_lets_events_through() {
    let authority = Authority::new();
    let server = authority.serve("localhost", 2090);
    let trusting = tracker(&server).trust_authority(&authority.pem);
    let setup = Setup::new(trusting.expect("a certificate"));
    setup.commit(1, 2);
    setup.wait_for("delivery", |stats| stats.account.delivered == 2);
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
    assert_eq!(setup.stats().blocked, None);
}

#[test]
fn certificates_that_prove_nothing_block_and_nothing_is_sent() {
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let servers = [
        ("unknown authority", stranger.serve("localhost", 2090)),
        ("another host", trusted.serve("elsewhere.example.com", 2090)),
        ("expired", trusted.serve("localhost", 2021)),
    ];
    for (what, server) in servers {
        let trusting = tracker(&server).trust_authority(&trusted.pem);
        let setup = Setup::new(trusting.expect("a certificate"));
        setup.commit(1, 2);
        let stats = setup.wait_for(what, |stats| stats.requests.blocked_tls >= 3);
        let blocked = stats.blocked.expect("a reason");
        assert_eq!(blocked.reason, BlockedReason::Tls, "{what}");
        assert!(!blocked.detail.contains("s3cret"), "{}", blocked.detail);
        assert_eq!(stats.account.pending, 2, "{what}");
        assert_eq!(server.requests.load(Ordering::SeqCst), 0, "{what}");
    }
}

#[test]
fn what_is_no_certificate_is_refused_when_the_tracker_is_built() {
    let tracker = || HttpTracker::new("https://events.example.com/").expect("a good url");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in ["", "a certificate", broken] {
        let refused = tracker().trust_authority(text).expect_err("no certificate");
        assert!(matches!(refused, TrackerError::Authority { .. }), "{text}");
        assert!(refused.to_string().contains("give it in PEM"), "{refused}");
    }
}
