//! `generate` stopped at any moment, short of disk, refused by the disk, or run twice at once: the next run ends clean, no
//! certificate is lost, none is shipped that the state does not know, and no key is ever readable by others.
//!
//! The moments are not dice: `strace` lists the calls by which a run changes the disk, and stops it just before one of them;
//! the calls are taken evenly from the whole run. What is left behind is judged by readers of archives and certificates that
//! did not write them. Needs `strace`, `util-linux` (unshare, nsenter, mount, flock) and the right to mount.

mod archive;
mod disk;
mod errors;
mod full_disk;
mod key_form;
mod kills;
mod order;
mod read_only;
mod room;
mod scene;
pub(crate) mod strace;
mod together;
mod umask;
mod unchanged;
