//! A local of a part that is not `Send` lives across an await.

use workflow_core::{Result, step, workflow};

use std::rc::Rc;

#[workflow(part)]
async fn ship(item: &u64) -> Result<()> {
    let local = Rc::new(*item);
    step!("pack", pack(*item)).await?;
    drop(local);
    Ok(())
}

async fn pack(item: u64) -> Result<()> {
    println!("{item}");
    Ok(())
}

fn main() {}
