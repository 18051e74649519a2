//! What a user writes: the workflow, and the calls that its steps make.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use workflow_core::idempotency_key;
use workflow_core::prelude::*;

use crate::ledger::{Ledger, StepName};

/// How long the services that the shop calls take to answer.
const ANSWER_AFTER: Duration = Duration::from_millis(25);

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) items: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Receipt {
    payment: String,
    parcels: Vec<String>,
}

/// Charges the card, waits for the payment to settle, and ships the items.
#[workflow]
pub(crate) async fn checkout(order: Order, #[resource] shop: &Shop) -> Result<Receipt> {
    let payment = step!(
        "charge",
        retry = Retry::exponential("50 ms").times(5),
        timeout = "5s",
        shop.charge(&order)
    )
    .await?;

    sleep!("settle", "150 ms").await;

    let (label, _invoice) = tokio::try_join!(
        step!("label", shop.print_label(&order)),
        step!("invoice", shop.write_invoice(&order, &payment)),
    )?;

    let mut parcels = Vec::new();
    for item in &order.items {
        let parcel = step!("ship", key = item, shop.ship(&order, item, &label)).await?;
        parcels.push(parcel);
    }
    Ok(Receipt { payment, parcels })
}

impl Order {
    /// The order with this number: one to three items.
    pub(crate) fn number(number: usize) -> Self {
        let items = ["book", "lamp", "chair"];
        Self {
            id: format!("order-{number:04}"),
            items: items[..=number % 3]
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

/// The outside world: a bank, a printer and a warehouse, which all write into one ledger.
pub(crate) struct Shop {
    ledger: Arc<Ledger>,
    refused: Mutex<HashSet<String>>,
}

impl Shop {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self {
            ledger: Arc::new(ledger),
            refused: Mutex::default(),
        }
    }

    /// Charges the card. The bank refuses every fifth order the first time.
    async fn charge(&self, order: &Order) -> Result<String> {
        if order.id.ends_with(['0', '5']) && self.is_first_call(&order.id) {
            return Err(Error::msg("the bank is busy"));
        }
        self.call(StepName::new(&order.id, "charge")).await?;
        Ok(format!("payment for {}", order.id))
    }

    async fn print_label(&self, order: &Order) -> Result<String> {
        self.call(StepName::new(&order.id, "label")).await?;
        Ok(format!("label of {}", order.id))
    }

    async fn write_invoice(&self, order: &Order, payment: &str) -> Result<String> {
        self.call(StepName::new(&order.id, "invoice")).await?;
        Ok(format!("invoice of the {payment}"))
    }

    async fn ship(&self, order: &Order, item: &str, label: &str) -> Result<String> {
        self.call(StepName::new(&order.id, "ship").with_key(item))
            .await?;
        Ok(format!("{item}, with the {label}"))
    }

    /// A call of one of the services. It acts at once, and answers a little later: a process
    /// that is killed in between does not know that it acted. The step runs again, with the same
    /// idempotency key, and by that key the service knows what it has done already.
    async fn call(&self, step: StepName) -> Result<()> {
        let key = idempotency_key();
        let ledger = Arc::clone(&self.ledger);
        tokio::task::spawn_blocking(move || ledger.act(step, key)).await??;
        tokio::time::sleep(ANSWER_AFTER).await;
        Ok(())
    }

    fn is_first_call(&self, order: &str) -> bool {
        let mut refused = self.refused.lock().expect("nobody panics while holding it");
        refused.insert(order.to_owned())
    }
}
