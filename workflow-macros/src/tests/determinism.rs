//! What comes out differently on a replay is found, and nothing else is.

use super::{in_body, messages};

/// Bodies that a replay runs to the same end.
const FINE: [&str; 41] = [
    // What differs is recorded.
    r#"let now = value!("now", SystemTime::now()).await; sleep!("due", until = now + DAY).await"#,
    r#"let id = value!("id", Uuid::new_v4()).await; step!("send", send(id)).await?"#,
    r#"for x in &xs { let n = value!("draw", key = x, rand::random::<u64>()).await; f(n); }"#,
    r#"let seed = value!("seed", fastrand::u64(..)).await; let rng = StdRng::seed_from_u64(seed);"#,
    // Steps may do what they like.
    r#"let text = step!("read", tokio::fs::read_to_string("prices.csv")).await?"#,
    r#"let page = step!("get", async { reqwest::get(&order.url).await?.text().await }).await?"#,
    r#"step!("wait", async { tokio::time::sleep(SECOND).await; f(Instant::now()).await }).await?"#,
    r#"step!("spawn", async { tokio::spawn(work()).await? }).await?"#,
    r#"step!("hash", async { for (k, v) in HashMap::from(pairs) { f(k, v).await?; } g() }).await?"#,
    r#"tokio::try_join!(step!("a", async { f(env::var("HOME")?).await }), step!("b", g()))?"#,
    r#"step!("a", retry = r, retry_if = |e| e.at < Instant::now(), f()).await?"#,
    r#"step!("a", move async { defer! { unlock() } f().await }).await?"#,
    // Methods and functions of the user's own that only sound alike.
    "let now = order.now(); let then = order.created.elapsed();",
    "let at = clock.now(); let at = Clock::now(&order); let at = Order::now();",
    "shop.spawn(&order); Shop::spawn(&order); spawn(order.id); sleep(3); timeout(4);",
    "let next = rng.random(); let next = dice::random(); let bet = Bet::random(); random(3);",
    "let id = Uuid::new_v5(&NAMESPACE, name); let none = Uuid::nil(); let id = OrderId::new_v4();",
    r#"let at = crate::time::SystemTime::now(); self::fs::read("x"); super::task::spawn(x);"#,
    r#"let text = store.read("x"); let all = Ledger::open(order.id); get(order.url); blob::get(3);"#,
    "let rng = StdRng::seed_from_u64(7); let mut other = fastrand::Rng::with_seed(order.id);",
    "thread::post(&order); task::spawn_order(3); env::variant(4); time::sleepy(); fs::created();",
    r#"use crate::{files as fs, clock::SystemTime}; fs::read("x"); let now = SystemTime::now();"#,
    r#"mod fs { pub fn read(_: &str) {} } fs::read("x"); fn thread_rng() {} thread_rng();"#,
    r#"use super::{time, io::fs}; time::sleep(3).await; for x in xs { fs::write("x", x); }"#,
    "struct Utc; impl Utc { fn now() -> u8 { 3 } } let n = Utc::now();",
    // What looks like one of them, and is a type, a constant or a variable.
    "let limit = tokio::time::Duration::from_secs(3); let os = std::env::consts::OS;",
    "let epoch = SystemTime::UNIX_EPOCH; let end = epoch + std::time::Duration::from_secs(1);",
    "let spawn = order.spawn; let args = (spawn, 3); let thread_rng = 3; f(thread_rng, args);",
    r#"let built = env!("CARGO_PKG_NAME"); let home = option_env!("HOME");"#,
    r#"println!("{} at {}", order.id, order.now); tracing::info!(now = %order.now, "charged");"#,
    // An item of its own runs where it is called.
    r#"fn today() -> SystemTime { SystemTime::now() } step!("a", f(today)).await?"#,
    // Collections with an order, or used without one.
    r#"let m = BTreeMap::from(pairs); for (k, v) in &m { step!("a", key = k, f(v)).await?; }"#,
    "let m = HashMap::from(pairs); if let Some(v) = m.get(&order.id) { f(v); } for x in xs {}",
    "let m: HashMap<_, _> = pairs.collect(); let total: u64 = m.values().sum(); f(m.len());",
    "let s = HashSet::new(); let mut v: Vec<_> = s.iter().collect(); v.sort(); for x in v { f(x); }",
    "let m = HashMap::new(); for x in m.keys().collect::<BTreeSet<_>>() { f(x); }",
    "let m = HashMap::new(); for k in m.keys().sorted() { f(k); } for x in m.get(&3) { f(x); }",
    "let m = HashMap::new(); { let m = vec![1]; for x in &m { f(x); } } f(m.contains_key(&1));",
    "let m = HashMap::new(); let m: BTreeMap<_, _> = m.into_iter().collect(); for x in m { f(x); }",
    "let m: HashMap<u8, u8, FxBuildHasher> = make(); for x in &m { f(x); }",
    "let m = HashMap::new(); let f = |m: &[u8]| { for x in m { g(x); } }; f(&[1]); m.drain();",
];

/// Bodies with one fault each, and a part of what is said about it.
const FAULTY: [(&str, &str); 53] = [
    (
        "use std::fs; let text = fs::read(\"x\")?",
        "`std::fs::read` may give",
    ),
    (
        "let text = fs::read(\"x\")?",
        "help: a module `fs` of your own is meant by `self::fs`",
    ),
    (
        "use crate::fs; let text = ::std::fs::read(\"x\")?",
        "`std::fs::read` may give",
    ),
    (
        "let t = SystemTime::now()",
        "`std::time::SystemTime::now` gives a different answer on replay",
    ),
    (
        "let t = SystemTime::now()",
        "help: value!(\"now\", SystemTime::now()).await",
    ),
    (
        "let t = std::time::SystemTime::now()",
        "value!(\"now\", std::time::SystemTime::now())",
    ),
    (
        "let t = Instant::now(); let d = t.elapsed()",
        "`std::time::Instant::now` gives",
    ),
    (
        "let t = tokio::time::Instant::now()",
        "`tokio::time::Instant::now` gives",
    ),
    (
        "let t = order.at.unwrap_or_else(Utc::now)",
        "value!(\"now\", Utc::now()).await",
    ),
    ("f(Local::now().date_naive())", "`chrono::Local::now`"),
    (
        "let t = time::OffsetDateTime::now_utc()",
        "`time::OffsetDateTime::now_utc`",
    ),
    (
        "if SystemTime::now() > order.due { step!(\"a\", f()).await?; }",
        "SystemTime::now",
    ),
    (
        "sleep!(\"a\", until = SystemTime::now() + DAY).await",
        "value!(\"now\"",
    ),
    ("println!(\"{:?}\", SystemTime::now())", "SystemTime::now"),
    (
        "tracing::info!(at = ?Utc::now(), \"charged\")",
        "`chrono::Utc::now`",
    ),
    (
        "let doc = json!({ \"at\": [Utc::now()] })",
        "`chrono::Utc::now`",
    ),
    (
        "step!(\"a\", key = Uuid::new_v4(), f()).await?",
        "value!(\"id\", Uuid::new_v4()).await",
    ),
    ("let id = uuid::Uuid::now_v7()", "`uuid::Uuid::now_v7`"),
    (
        "let n = rand::random::<u64>() % 3",
        "value!(\"number\", rand::random::<u64>()).await",
    ),
    ("let n: f64 = rand::rng().random()", "record what is drawn"),
    (
        "let n = thread_rng().gen_range(0..3)",
        "`rand::thread_rng` gives",
    ),
    (
        "let n = fastrand::u32(1..6)",
        "value!(\"number\", fastrand::u32(1..6)).await",
    ),
    ("fastrand::shuffle(&mut xs)", "`fastrand::shuffle`"),
    (
        "let mut rng = StdRng::from_os_rng()",
        "`rand::rngs::StdRng::from_os_rng`",
    ),
    ("xs.sort_by_key(|_| fastrand::u8(..))", "`fastrand::u8`"),
    (
        "tokio::spawn(async move { audit(SystemTime::now()).await })",
        "`tokio::spawn` does its work",
    ),
    (
        "let n = tokio::task::spawn_blocking(|| count()).await?",
        "step!(\"..\", ..).await?",
    ),
    (
        "let n = spawn_blocking(move || count()).await?",
        "`tokio::task::spawn_blocking`",
    ),
    (
        "let mut set = JoinSet::new(); set.spawn(f())",
        "`tokio::task::JoinSet::new`",
    ),
    (
        "let t = std::thread::spawn(|| f())",
        "`std::thread::spawn` does its work again",
    ),
    (
        "thread::sleep(Duration::from_secs(3))",
        "sleep!(\"wait\", Duration::from_secs(3)).await",
    ),
    (
        "let id = thread::current().id()",
        "`std::thread::current` may give",
    ),
    (
        "tokio::time::sleep(PAUSE).await",
        "sleep!(\"wait\", PAUSE).await",
    ),
    (
        "time::sleep(PAUSE).await",
        "`tokio::time::sleep` begins to wait anew",
    ),
    (
        "tokio::time::timeout(LIMIT, step!(\"a\", f())).await??",
        "step!(\"..\", timeout = LIMIT, ..).await?",
    ),
    (
        "let mut beat = tokio::time::interval(HOUR); beat.tick().await",
        "loop { sleep!(",
    ),
    (
        "tokio::select! { x = step!(\"a\", f()) => x?, _ = tokio::time::sleep(MAX) => return g() }",
        "sleep!(\"wait\", MAX)",
    ),
    (
        "let key = std::env::var(\"KEY\")?",
        "take it as an input, or from a `#[resource]`",
    ),
    ("if env::args().count() > 1 { f(); }", "`std::env::args`"),
    (
        "let page = reqwest::get(&order.url).await?",
        "`reqwest::get` may give a different answer",
    ),
    (
        "let text = fs::read_to_string(\"prices.csv\")?",
        "`std::fs::read_to_string` may give",
    ),
    (
        "let file = File::open(&order.path)?",
        "`std::fs::File::open`",
    ),
    (
        "let text = tokio::fs::read(&order.path).await?",
        "`tokio::fs::read` may give",
    ),
    (
        "std::fs::write(&order.path, b\"x\")?",
        "`std::fs::write` does its work again",
    ),
    (
        "let m = HashMap::from(pairs); for (k, v) in &m { step!(\"a\", key = k, f(v)).await?; }",
        "`m` is a `HashMap`, which gives its items in a different order on replay",
    ),
    (
        "let mut s = HashSet::new(); s.insert(1); for x in s { f(x); }",
        "use a `BTreeSet`",
    ),
    (
        "let m: HashMap<u8, u8> = f()?; for k in m.keys().map(|k| k + 1) { g(k); }",
        "`m` is a",
    ),
    (
        "let m = xs.collect::<HashMap<_, _>>(); for (i, v) in m.values().enumerate() {}",
        "`m` is a",
    ),
    (
        "let m = std::collections::HashMap::<u8, u8>::new(); for x in m.clone() {}",
        "a `HashMap` ",
    ),
    (
        "for x in xs.into_iter().collect::<HashSet<_>>() { f(x); }",
        "a `HashSet` gives its items",
    ),
    (
        "let m = HashMap::from(p); join_all(m.iter().map(|(k, v)| step!(\"a\", key = k, f(v)))).await",
        "`m` is a `HashMap`",
    ),
    (
        "defer! { unlock(&order); } step!(\"a\", f()).await?",
        "`defer!` also runs when the run is",
    ),
    (
        "let _lock = scopeguard::guard((), |()| unlock())",
        "`scopeguard::guard` also runs",
    ),
];

#[test]
fn what_comes_to_the_same_is_accepted() {
    for body in FINE {
        assert_eq!(messages(&in_body(body)), [""; 0], "{body}");
    }
}

#[test]
fn what_comes_out_differently_is_reported_once() {
    for (body, words) in FAULTY {
        let found = messages(&in_body(body));
        assert_eq!(found.len(), 1, "{body}: {found:#?}");
        assert!(found[0].contains(words), "{body}: {}", found[0]);
    }
}

#[test]
fn all_that_comes_out_differently_is_reported() {
    let body =
        "let t = SystemTime::now(); f(rand::random(), || Uuid::new_v4(), async { env::var(a) })";
    assert_eq!(messages(&in_body(body)).len(), 4);
}

#[test]
fn an_input_may_be_a_map_without_an_order() {
    let body = "{ for (item, price) in &prices { f(item, price); } Ok(()) }";
    let with = |input: &str| messages(&format!("#[workflow] async fn w({input}) -> R {body}"));
    assert!(with("prices: HashMap<String, u64>")[0].contains("`prices` is a `HashMap`"));
    assert_eq!(with("prices: BTreeMap<String, u64>"), [""; 0]);
}

#[test]
fn nondeterminism_is_switched_off_with_a_reason() {
    for (body, _) in FAULTY {
        let allowed = in_body(body).replace(
            "#[workflow]",
            "#[workflow(allow(nondeterminism, reason = \"only for a log line\"))]",
        );
        assert_eq!(messages(&allowed), [""; 0], "{body}");
    }
}
