//! The workflows that the probe opens in the editor.

use serde::{Deserialize, Serialize};
use workflow_core::{Result, Retry, sleep, step, value, workflow};

/// What a customer wants.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// The number on the invoice.
    pub number: u64,
    /// What is to be shipped.
    pub items: Vec<Item>,
}

/// One of many.
#[derive(Debug, Serialize, Deserialize)]
pub struct Item {
    /// What tells it apart.
    pub sku: String,
}

/// What the bank says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Payment {
    /// How much.
    pub cents: u64,
}

/// What workflows borrow.
#[derive(Debug)]
pub struct Shop;

impl Shop {
    /// Charges the card.
    pub async fn charge(&self, order: &Order) -> Result<Payment> {
        std::future::ready(Ok(Payment {
            cents: order.number,
        }))
        .await
    }

    /// Prints a label.
    pub async fn label(&self, payment: &Payment) -> Result<u64> {
        std::future::ready(Ok(payment.cents)).await
    }

    /// Ships one item.
    pub async fn ship(&self, item: &Item) -> Result<usize> {
        std::future::ready(Ok(item.sku.len())).await
    }
}

/// Sells something.
#[workflow]
pub async fn sell(order: Order, #[resource] shop: &Shop) -> Result<u64> {
    let policy = Retry::exponential("1s").times(3);
    let payment = step!(
        "charge",
        retry = policy,
        timeout = "30s",
        shop.charge(&order)
    )
    .await?;
    sleep!("settle", "1 day").await;
    let (label, copy) = tokio::try_join!(
        step!("label", shop.label(&payment)),
        step!("copy", async { shop.label(&payment).await })
    )?;
    for item in &order.items {
        step!("ship", key = item.sku, shop.ship(item)).await?;
    }
    let now = value!("now", std::time::SystemTime::now()).await;
    let since = now.duration_since(std::time::UNIX_EPOCH)?;
    Ok(label + copy + payment.cents + since.as_secs())
}
