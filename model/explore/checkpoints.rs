//! Checkpoints on disk: a file per case, which is either whole or the one before it.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pinright_model::render::thousands;
use pinright_model::review::{CaseError, Job, Keeper, Watch};
use pinright_model::search::{Checkpoint, Progress, RestoreError, Snapshot};
use pinright_model::verdict::Case;

use crate::screen::Screen;

/// Bytes that go to a file at once.
const BLOCK: usize = 1 << 20;

/// Where searches are kept.
pub struct Folder {
    path: PathBuf,
    /// Least time from the end of one write to the next.
    every: Duration,
    /// Whether it was said that a file cannot be written: a full disk is full for every search, and for long.
    complained: AtomicBool,
}

impl Folder {
    /// It is made when the first search is kept.
    pub fn new(path: &Path, every: Duration) -> Self {
        Folder { path: path.into(), every, complained: AtomicBool::new(false) }
    }

    /// `t3-w5-b.pin-cow.checkpoint`
    fn file(&self, job: &Job) -> PathBuf {
        let population = job.population.name.replace('/', "-");
        self.path.join(format!("{}.{population}.checkpoint", job.composition.slug()))
    }

    /// Writes beside the file and renames: whenever the program or the machine stops, the file is whole. Without the
    /// `fsync()` before, a rename can reach the disk before the bytes do; without the one behind, it can be lost.
    fn write(&self, file: &Path, identity: &str, search: &dyn Snapshot) -> io::Result<()> {
        std::fs::create_dir_all(&self.path)?;
        let temporary = file.with_extension("checkpoint.tmp");
        if let Err(error) = fill(&temporary, identity, search) {
            // Half a file is of no use, and the disk may be full.
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        std::fs::rename(&temporary, file)?;
        File::open(&self.path)?.sync_all()
    }
}

fn fill(file: &Path, identity: &str, search: &dyn Snapshot) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(BLOCK, File::create(file)?);
    search.write(identity, &mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Keeps the searches of jobs, and shows how they go on.
pub struct Kept<'a> {
    screen: &'a Screen,
    folder: &'a Folder,
    jobs: &'a [Job],
}

impl<'a> Kept<'a> {
    /// In a folder.
    pub fn new(screen: &'a Screen, folder: &'a Folder, jobs: &'a [Job]) -> Self {
        Kept { screen, folder, jobs }
    }
}

impl Watch for Kept<'_> {
    fn progress(&self, job: usize, progress: Progress) {
        self.screen.progress(job, progress);
    }

    fn done(&self, job: usize, result: &Result<Case, CaseError>) {
        self.screen.done(job, result);
    }

    fn keeper(&self, job: usize) -> Box<dyn Keeper + '_> {
        let (screen, folder) = (self.screen, self.folder);
        Box::new(OnDisk {
            screen,
            folder,
            name: screen.name(job),
            file: folder.file(&self.jobs[job]),
            at: Instant::now(),
        })
    }
}

/// The file of one search.
struct OnDisk<'a> {
    screen: &'a Screen,
    folder: &'a Folder,
    name: &'a str,
    file: PathBuf,
    /// When it was last written, or the search began.
    at: Instant,
}

impl Keeper for OnDisk<'_> {
    fn kept(&mut self, identity: &str) -> Option<Checkpoint> {
        let read = File::open(&self.file).map_err(RestoreError::from);
        match read.and_then(|file| Checkpoint::read(identity, BufReader::new(file))) {
            Ok(checkpoint) => {
                let states = thousands(checkpoint.states());
                self.screen.say(&format!("{}: goes on from {states} states", self.name));
                Some(checkpoint)
            }
            Err(RestoreError::Io(error)) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                self.refused(&error);
                None
            }
        }
    }

    fn refused(&mut self, error: &RestoreError) {
        self.screen.say(&format!("{}: {error}; {} begins anew", self.file.display(), self.name));
    }

    fn keep(&mut self, identity: &str, search: &dyn Snapshot, last: bool) {
        if !last && self.at.elapsed() < self.folder.every {
            return;
        }
        if let Err(error) = self.folder.write(&self.file, identity, search)
            && !self.folder.complained.swap(true, Ordering::Relaxed)
        {
            self.screen.say(&format!("{}: {error}; the search goes on and may not be kept", self.file.display()));
        }
        self.at = Instant::now();
    }
}
