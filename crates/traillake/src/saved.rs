//! Saved queries: SQL that is kept in the lake under a name, for all who use the lake.
//!
//! Each is a text file, `queries/NAME.sql` below the lake's location: it can be read, copied and kept under version
//! control without this program.

use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::error::Error;
use crate::lake::Lake;

const FOLDER: &str = "queries";
const ENDING: &str = ".sql";
const NAME_LETTERS_MAX: usize = 128;

/// A query that is kept in the lake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQuery {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    /// One statement, or several with semicolons between them; parameters stand in it as `:name`.
    pub sql: String,
}

impl Lake {
    /// Keeps SQL under a name; true when it took the place of another. Whether it runs is not looked at: stores come
    /// and go.
    ///
    /// # Errors
    /// [`Error::QueryName`] for a name that is no file name on every system; [`Error::SavedQuery`] from storage.
    pub async fn save_query(&self, name: &str, sql: &str) -> Result<bool, Error> {
        let path = path(name)?;
        let text = format!("{}\n", sql.trim_end());
        let is_known = self.saved_query(name).await?.is_some();
        let put = self.storage().put(&path, text.into_bytes().into()).await;
        put.map(|_| is_known).map_err(|source| storage_failed("write", name, source))
    }

    /// The query of a name; `None` when there is none.
    pub async fn saved_query(&self, name: &str) -> Result<Option<SavedQuery>, Error> {
        let path = path(name)?;
        let read = async { self.storage().get(&path).await?.bytes().await };
        match read.await {
            Ok(bytes) => {
                let sql = String::from_utf8_lossy(&bytes).into_owned();
                Ok(Some(SavedQuery { name: name.to_owned(), sql }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(storage_failed("read", name, source)),
        }
    }

    /// All of them, by name.
    pub async fn saved_queries(&self) -> Result<Vec<SavedQuery>, Error> {
        let listed: Result<Vec<_>, _> = self.storage().list(Some(&Path::from(FOLDER))).try_collect().await;
        let listed = listed.map_err(|source| storage_failed("list", "", source))?;
        let mut queries = Vec::with_capacity(listed.len());
        for object in listed {
            let name = object.location.filename().and_then(|file| file.strip_suffix(ENDING));
            let Some(name) = name.filter(|name| path(name).is_ok_and(|path| path == object.location)) else { continue };
            queries.extend(self.saved_query(name).await?);
        }
        queries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(queries)
    }

    /// Takes a query away; false when there was none.
    pub async fn forget_query(&self, name: &str) -> Result<bool, Error> {
        if self.saved_query(name).await?.is_none() {
            return Ok(false);
        }
        let gone = self.storage().delete(&path(name)?).await;
        gone.map(|()| true).map_err(|source| storage_failed("delete", name, source))
    }
}

fn path(name: &str) -> Result<Path, Error> {
    let is_fit = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    match !name.is_empty() && name.len() <= NAME_LETTERS_MAX && name.chars().all(is_fit) {
        true => Ok(Path::from(format!("{FOLDER}/{name}{ENDING}"))),
        false => Err(Error::QueryName { name: name.to_owned() }),
    }
}

fn storage_failed(operation: &'static str, name: &str, source: object_store::Error) -> Error {
    Error::SavedQuery { operation, name: name.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Lake, LakeOptions};

    #[tokio::test]
    async fn a_query_is_kept_replaced_listed_and_forgotten() {
        let lake = Lake::temporary(&LakeOptions::default()).await.unwrap();
        assert_eq!(lake.saved_queries().await.unwrap(), []);
        assert!(!lake.save_query("night-logins", "SELECT 1").await.unwrap());
        assert!(!lake.save_query("b", "SELECT 2;\n\n").await.unwrap());
        assert!(lake.save_query("night-logins", "SELECT 3").await.unwrap());
        let all: Vec<_> =
            lake.saved_queries().await.unwrap().into_iter().map(|query| (query.name, query.sql)).collect();
        let owned = |name: &str, sql: &str| (name.to_owned(), sql.to_owned());
        assert_eq!(all, [owned("b", "SELECT 2;\n"), owned("night-logins", "SELECT 3\n")]);
        assert!(lake.forget_query("b").await.unwrap());
        assert!(!lake.forget_query("b").await.unwrap());
        // What lies in the folder is no event data store.
        assert!(lake.event_data_stores().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_name_stays_in_its_folder() {
        let lake = Lake::temporary(&LakeOptions::default()).await.unwrap();
        for name in ["", "../x", "a/b", "a.b", "a b", &"x".repeat(129)] {
            assert!(matches!(lake.save_query(name, "SELECT 1").await, Err(Error::QueryName { .. })), "{name}");
            assert!(lake.saved_query(name).await.is_err(), "{name}");
        }
    }
}
