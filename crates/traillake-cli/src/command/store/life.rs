//! What changes the life of an event data store: tags, ingestion, deletion.

use traillake::Lake;

use crate::arguments::{StoreTag, StoreUntag};
use crate::failure::Failure;
use crate::output::{Count, Size};
use crate::terminal;

pub(super) async fn tag(lake: &Lake, tag: StoreTag) -> Result<(), Failure> {
    let store = lake.event_data_store(&tag.store.name).await?;
    let store = store.add_tags(&tag.tags).await.map_err(traillake::Error::from)?;
    terminal::say(&format!("event data store \"{}\" has {}", store.name(), tags(store.attributes().tags.len())));
    Ok(())
}

pub(super) async fn untag(lake: &Lake, untag: StoreUntag) -> Result<(), Failure> {
    let store = lake.event_data_store(&untag.store.name).await?;
    let keys: Vec<&str> = untag.keys.iter().map(String::as_str).collect();
    let store = store.remove_tags(&keys).await.map_err(traillake::Error::from)?;
    terminal::say(&format!("event data store \"{}\" has {}", store.name(), tags(store.attributes().tags.len())));
    Ok(())
}

fn tags(count: usize) -> Count {
    Count(count as u64, "tag")
}

pub(super) async fn start(lake: &Lake, name: &str) -> Result<(), Failure> {
    let store = lake.event_data_store(name).await?.start_ingestion().await.map_err(traillake::Error::from)?;
    terminal::say(&format!("event data store \"{}\" takes imports again", store.name()));
    Ok(())
}

pub(super) async fn stop(lake: &Lake, name: &str) -> Result<(), Failure> {
    let store = lake.event_data_store(name).await?.stop_ingestion().await.map_err(traillake::Error::from)?;
    terminal::say(&format!(
        "event data store \"{name}\" takes no imports; `traillake store start {name}` lets it",
        name = store.name()
    ));
    Ok(())
}

pub(super) async fn delete(lake: &Lake, name: &str) -> Result<(), Failure> {
    let store = lake.event_data_store(name).await?;
    let deleted = store.delete().await.map_err(traillake::Error::from)?;
    terminal::say(&format!(
        "deleted event data store \"{name}\"; for seven days, `traillake store restore {name}` takes it back",
        name = deleted.name()
    ));
    Ok(())
}

pub(super) async fn restore(lake: &Lake, name: &str) -> Result<(), Failure> {
    let store = lake.event_data_store(name).await?.restore().await.map_err(traillake::Error::from)?;
    terminal::say(&format!("restored event data store \"{}\"", store.name()));
    Ok(())
}

pub(super) async fn purge(lake: &Lake) -> Result<(), Failure> {
    let purged = lake.purge().await?;
    terminal::say(&match purged.stores {
        0 => "there is no event data store whose seven days are over".to_owned(),
        stores => format!(
            "removed {}, with {} ({})",
            Count(stores, "event data store"),
            Count(purged.files, "file"),
            Size(purged.bytes)
        ),
    });
    Ok(())
}
