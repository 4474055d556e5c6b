//! An upload in parts that is kept back until it is complete.

use super::{Action, FaultyStorage};
use async_trait::async_trait;
use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    MultipartUpload, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Parts by number; `None` for one that was asked for and has not arrived.
type Parts = Arc<Mutex<Vec<Option<PutPayload>>>>;

/// See the module.
#[derive(Debug)]
pub(super) struct Upload {
    storage: FaultyStorage,
    location: Path,
    options: PutMultipartOptions,
    parts: Parts,
}

impl Upload {
    pub(super) fn new(storage: FaultyStorage, location: Path, options: PutMultipartOptions) -> Self {
        Self { storage, location, options, parts: Parts::default() }
    }

    /// All parts in order; an error when one has not arrived.
    fn whole(&self) -> Result<PutPayload> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes: Vec<Bytes> = Vec::new();
        for part in parts.iter() {
            let missing = || object_store::Error::Generic {
                store: "FaultyStorage",
                source: format!("complete the upload of {}: a part has not arrived", self.location).into(),
            };
            bytes.extend(part.as_ref().ok_or_else(missing)?.iter().cloned());
        }
        Ok(PutPayload::from_iter(bytes))
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (storage, location, parts) = (self.storage.clone(), self.location.clone(), Arc::clone(&self.parts));
        let number = {
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.push(None);
            parts.len() - 1
        };
        Box::pin(async move {
            let keep = async {
                parts.lock().unwrap_or_else(PoisonError::into_inner)[number] = Some(data);
                Ok(())
            };
            storage.run(Action::PutPart, &location, keep).await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let PutMultipartOptions { tags, attributes, extensions } = self.options.clone();
        let options = PutOptions { tags, attributes, extensions, ..PutOptions::default() };
        let put = async { self.storage.inner().put_opts(&self.location, self.whole()?, options).await };
        self.storage.run(Action::CompleteUpload, &self.location, put).await
    }

    async fn abort(&mut self) -> Result<()> {
        let forget = async {
            self.parts.lock().unwrap_or_else(PoisonError::into_inner).clear();
            Ok(())
        };
        self.storage.run(Action::AbortUpload, &self.location, forget).await
    }
}
