//! Other formats than the native one, over a real socket.

use serde_json::Value;
use workflow_tests::endpoint::{Endpoint, Reply};
use workflow_tracker::CloudEvents;

use crate::kit::{Setup, tracker};

#[test]
fn cloud_events_arrive_in_order_with_their_content_type() {
    let endpoint = Endpoint::start();
    endpoint.then([Reply::status(500)]);
    let tracker = tracker(&endpoint).encoder(CloudEvents::new("com.example"));
    let setup = Setup::new(tracker);
    setup.commit(1, 3);
    setup.commit(1, 2);
    setup.wait_for("delivery", |stats| stats.account.delivered == 5);
    let mut sequences = Vec::new();
    for request in endpoint.seen().acknowledged() {
        let content_type = request.header("content-type");
        assert_eq!(content_type, Some("application/cloudevents-batch+json"));
        let batch: Vec<Value> = serde_json::from_slice(&request.body).expect("an array");
        let count = request.header("x-tracker-event-count");
        assert_eq!(count, Some(&*batch.len().to_string()));
        for event in batch {
            assert_eq!(event["type"], "com.example.workflow.started.v1");
            assert_eq!(event["subject"], "order-1");
            sequences.push(event["sequence"].as_str().unwrap_or_default().to_owned());
        }
    }
    let expected: Vec<_> = (1..=5).map(|seq| format!("{seq:020}")).collect();
    assert_eq!(sequences, expected);
}
