// SPDX-License-Identifier: GPL-2.0

//! What one message needs while it is translated, made once and used again and again.

use alg::call::MAX_MEDIA;
use alg::nat::Edit;
use kernel::prelude::*;

use crate::pinholes::Way;

/// Changes in one message; more leave it as it is.
const EDITS: usize = 256;

/// Room for the longest message that anything is changed in.
const TEXT: usize = alg::LONGEST;

/// A list for edits, room for the text that they make, and a list of what the message opens.
pub(crate) struct Workspace {
    edits: KVec<Edit>,
    text: KVVec<u8>,
    ways: KVec<Option<Way>>,
}

impl Workspace {
    /// Allocates; may sleep.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            edits: KVec::from_elem(Edit::NONE, EDITS, GFP_KERNEL)?,
            text: KVVec::from_elem(0, TEXT, GFP_KERNEL)?,
            ways: KVec::from_elem(None, usize::from(MAX_MEDIA), GFP_KERNEL)?,
        })
    }

    /// All parts, to be used side by side.
    pub(crate) fn parts(&mut self) -> (&mut [Edit], &mut [u8], &mut [Option<Way>]) {
        (&mut self.edits, &mut self.text, &mut self.ways)
    }
}
