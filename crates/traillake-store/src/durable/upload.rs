//! Files that come in parts.

use std::io::{self, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};

use super::writer::{Temporary, Writer};
use super::{blocking, failed};

/// Parts on their way into one file. Dropped before its completion it leaves nothing.
#[derive(Debug)]
pub(super) struct Upload {
    writer: Writer,
    target: PathBuf,
    /// The location, for errors.
    name: String,
    path: PathBuf,
    /// Parts may be written in any order, each at its own place.
    file: Arc<Mutex<Temporary>>,
    /// Where the next part begins.
    end: u64,
    is_published: bool,
}

impl Upload {
    pub(super) fn start(writer: Writer, target: PathBuf, name: String) -> io::Result<Self> {
        let temporary = writer.begin(&target)?;
        let (path, file) = (temporary.path.clone(), Arc::new(Mutex::new(temporary)));
        Ok(Self { writer, target, name, path, file, end: 0, is_published: false })
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (file, start, name, writer) = (Arc::clone(&self.file), self.end, self.name.clone(), self.writer.clone());
        self.end += data.content_length() as u64;
        Box::pin(blocking(move || {
            let mut temporary = file.lock().unwrap_or_else(PoisonError::into_inner);
            let placed = temporary.file.seek(SeekFrom::Start(start));
            let written = placed.and_then(|_| data.iter().try_for_each(|bytes| writer.write(&mut temporary, bytes)));
            written.map_err(|error| failed(&name, error))
        }))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (file, name) = (Arc::clone(&self.file), self.name.clone());
        let (writer, target) = (self.writer.clone(), self.target.clone());
        blocking(move || {
            let temporary = file.lock().unwrap_or_else(PoisonError::into_inner);
            writer.publish(&temporary, &target).map_err(|error| failed(&name, error))
        })
        .await?;
        self.is_published = true;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        let (writer, path, name) = (self.writer.clone(), self.path.clone(), self.name.clone());
        blocking(move || writer.give_up(&path).map_err(|error| failed(&name, error))).await
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_published {
            let _ = self.writer.give_up(&self.path);
        }
    }
}
