//! What is concluded from whole courses of answers.

use super::bench::{Bench, End};
use super::*;

fn refuse(poison: &[u64], asked: &[u64]) -> Option<Refusal> {
    let found = asked.iter().any(|pos| poison.contains(pos));
    found.then_some(Refusal::Content)
}

#[test]
fn the_guilty_event_is_found_wherever_it_lies_and_only_it() {
    for guilty in 1..=100 {
        let mut bench = Bench::new(200);
        let end = bench.run(|form, asked| match form {
            Form::Whole => refuse(&[guilty], asked),
            Form::Truncated | Form::Tombstone => None,
        });
        assert_eq!((end, &bench.put_aside), (End::AllPassed, &vec![guilty]));
        assert!(bench.asked <= 22, "{} requests for {guilty}", bench.asked);
    }
}

#[test]
fn several_guilty_events_are_found_beside_each_other() {
    let guilty = [1, 2, 3, 50, 99, 100, 101, 150];
    let mut bench = Bench::new(150);
    let end = bench.run(|form, asked| match form {
        Form::Whole => refuse(&guilty, asked),
        Form::Truncated | Form::Tombstone => None,
    });
    assert_eq!((end, bench.put_aside), (End::AllPassed, guilty.to_vec()));
}

#[test]
fn an_endpoint_that_refuses_everything_proves_nothing() {
    for refusal in [Refusal::Content, Refusal::TooLarge] {
        let mut bench = Bench::new(100);
        for _ in 0..5 {
            assert_eq!(bench.run(|_, _| Some(refusal)), End::Contract);
        }
        assert_eq!((bench.cursor, bench.put_aside.len()), (0, 0));
        assert!(bench.asked <= 5 * 14, "{} requests", bench.asked);
        assert_eq!(bench.run(|_, _| None), End::AllPassed);
        assert!(bench.put_aside.is_empty());
    }
}

#[test]
fn an_event_whose_tombstone_is_refused_is_proven_by_another_run() {
    let mut bench = Bench::new(10);
    let end = bench.run(|_, asked| refuse(&[4], asked));
    assert_eq!((end, bench.put_aside), (End::AllPassed, vec![4]));
}

#[test]
fn without_another_run_in_the_lane_a_witness_elsewhere_is_enough() {
    let mut bench = Bench::new(10);
    assert!(!bench.sift.witness());
    assert_eq!(bench.run(|_, asked| refuse(&[10], asked)), End::Contract);
    assert_eq!((bench.cursor, bench.put_aside.len()), (9, 0));
    assert!(bench.sift.witness());
    assert!(!bench.sift.witness(), "once");
    let end = bench.run(|_, asked| refuse(&[10], asked));
    assert_eq!((end, bench.put_aside), (End::AllPassed, vec![10]));
}

#[test]
fn a_witness_does_not_condemn_what_is_accepted_now() {
    let mut bench = Bench::new(10);
    assert_eq!(bench.run(|_, _| Some(Refusal::Content)), End::Contract);
    assert!(bench.sift.witness());
    assert_eq!(bench.run(|_, _| None), End::AllPassed);
    assert!(bench.put_aside.is_empty());
}

#[test]
fn what_is_too_large_is_sent_in_smaller_requests_and_that_is_remembered() {
    let mut bench = Bench::new(400);
    let too_large = |asked: &[u64]| (asked.len() > 30).then_some(Refusal::TooLarge);
    assert_eq!(bench.run(|_, asked| too_large(asked)), End::AllPassed);
    assert_eq!(bench.sift.next(100), Do::Ask(Portion::Next(25)));
    assert_eq!(bench.asked, 2 + 16);
    let mut later = Bench::new(2_100);
    later.sift = bench.sift;
    let end = later.run(|_, asked| (asked.len() > 90).then_some(Refusal::TooLarge));
    assert_eq!(end, End::AllPassed);
    assert_eq!(later.sift.next(100), Do::Ask(Portion::Next(50)));
}

#[test]
fn one_event_that_is_too_large_loses_its_payload_and_is_delivered() {
    let mut bench = Bench::new(20);
    let end = bench.run(|form, asked| match form {
        Form::Whole if asked.contains(&7) => Some(Refusal::TooLarge),
        Form::Whole | Form::Truncated | Form::Tombstone => None,
    });
    assert_eq!((end, &bench.truncated), (End::AllPassed, &vec![7]));
    assert!(bench.put_aside.is_empty());
    assert_eq!(bench.sift.next(100), Do::Ask(Portion::Next(100)));
}

#[test]
fn one_event_that_stays_too_large_is_put_aside() {
    let mut bench = Bench::new(20);
    let end = bench.run(|form, asked| match form {
        Form::Whole | Form::Truncated if asked.contains(&7) => Some(Refusal::TooLarge),
        Form::Whole | Form::Truncated | Form::Tombstone => None,
    });
    assert_eq!((end, bench.put_aside), (End::AllPassed, vec![7]));
    assert!(bench.truncated.is_empty());
}

#[test]
fn an_event_that_cannot_be_truncated_goes_on_as_a_tombstone() {
    let mut sift = Sift::default();
    let sent = Sent {
        portion: Portion::Next(100),
        events: 1,
        last: 3,
    };
    sift.refused(sent, Refusal::TooLarge);
    assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Truncated)));
    sift.nothing_to_truncate();
    assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Tombstone)));
}

#[test]
fn an_endpoint_that_is_mended_between_two_requests_gets_everything() {
    // It refuses everything until it was asked `mended` times, and nothing from then on.
    for mended in 12..40 {
        for events in [1, 10, 100] {
            let mut bench = Bench::new(events);
            let answers = std::cell::Cell::new(0);
            let answer = |_, _: &[u64]| {
                answers.set(answers.get() + 1);
                (answers.get() <= mended).then_some(Refusal::Content)
            };
            while bench.run(answer) == End::Contract {}
            assert_eq!(bench.put_aside, Vec::<u64>::new(), "after {mended}");
        }
    }
}

#[test]
fn what_stays_guilty_after_the_endpoint_is_mended_is_put_aside() {
    for mended in 0..40 {
        for tombstones in [None, Some(Refusal::Content)] {
            let mut bench = Bench::new(20);
            let answers = std::cell::Cell::new(0);
            let answer = |form, asked: &[u64]| {
                answers.set(answers.get() + 1);
                let guilty = match form {
                    Form::Whole | Form::Truncated => refuse(&[1], asked),
                    Form::Tombstone => tombstones,
                };
                let broken = answers.get() <= mended;
                guilty.or(broken.then_some(Refusal::Content))
            };
            while bench.run(answer) == End::Contract {}
            assert!(bench.put_aside.contains(&1), "after {mended}");
        }
    }
}

#[test]
fn another_reason_to_refuse_begins_the_proof_again() {
    let mut sift = Sift::default();
    let sent = Sent {
        portion: Portion::Next(100),
        events: 1,
        last: 3,
    };
    sift.refused(sent, Refusal::Content);
    assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Tombstone)));
    assert!(sift.doubt());
    assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Whole)));
    assert!(!Sift::default().doubt());
}
