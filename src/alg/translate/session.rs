// SPDX-License-Identifier: GPL-2.0

//! The body: session descriptions in it, and what the message means for its call.

use crate::call::dialog::Dialog;
use crate::call::media::{
    describe,
    Kept, //
};
use crate::call::{
    Part,
    Pinholes,
    MAX_MEDIA, //
};
use crate::effort::Effort;
use crate::facts::Facts;
use crate::nat::{
    Full,
    New, //
};
use crate::reason::Reason;
use crate::sip::mime::{
    self,
    Parts, //
};
use crate::Text;

use super::{
    Translation,
    LONGEST, //
};

impl<P: Pinholes> Translation<'_, '_, P> {
    /// The body, and what the message means for the call that it belongs to.
    #[inline(never)]
    pub(super) fn session(&mut self, facts: &Facts<'_>, body: Text<'_>) -> Result<(), Reason> {
        let dialog = Dialog::of(facts);
        if let Some(dialog) = dialog {
            if let Some(turn) = dialog.opening(facts) {
                self.pinholes.turn(dialog.call_id(), turn);
            }
        }
        let part = dialog.and_then(|dialog| dialog.part(facts));
        let body = self.body(facts, part.as_ref(), body).and_then(|()| {
            let fits = self.edits.fits(LONGEST);
            fits.then_some(()).ok_or(Reason::TooLong)
        });
        if body.is_err() {
            // The whole message passes unchanged.
            self.pinholes.take_back(part.as_ref(), MAX_MEDIA);
        }
        if let Some(dialog) = dialog {
            let describes = facts.media_type.is_some();
            if let Some(turn) = dialog.turn(facts, describes) {
                self.pinholes.turn(dialog.call_id(), turn);
            }
        }
        body
    }

    fn body(
        &mut self,
        facts: &Facts<'_>,
        part: Option<&Part<'_>>,
        body: Text<'_>,
    ) -> Result<(), Reason> {
        let declared = facts.content_length.and_then(Text::number);
        let declared = declared.and_then(|len| usize::try_from(len).ok());
        let body = body.take(declared.unwrap_or(body.len()));
        let Some(media_type) = facts.media_type.filter(|_| !body.is_empty()) else {
            return Ok(());
        };
        if media_type.is_sdp() {
            self.description(part, body);
        } else if let Some(boundary) = media_type.boundary() {
            let mut parts = Parts::new(body, boundary);
            for piece in parts.by_ref() {
                self.effort.spend(Effort::part(&piece))?;
                self.piece(part, piece)?;
            }
            whole(&parts)?;
        }
        Ok(self.content_length(facts.content_length, body)?)
    }

    /// A piece of the body; it may itself be of pieces, but these no more.
    #[inline(never)]
    fn piece(&mut self, part: Option<&Part<'_>>, piece: mime::Part<'_>) -> Result<(), Reason> {
        if piece.is_sdp() {
            self.description(part, piece.body);
        } else if let Some(boundary) = piece.boundary() {
            let mut parts = Parts::new(piece.body, boundary);
            for inner in parts.by_ref() {
                self.effort.spend(Effort::part(&inner))?;
                if inner.is_sdp() {
                    self.description(part, inner.body);
                    self.content_length(inner.content_length, inner.body)?;
                }
            }
            whole(&parts)?;
        }
        Ok(self.content_length(piece.content_length, piece.body)?)
    }

    #[inline(never)]
    fn description(&mut self, part: Option<&Part<'_>>, body: Text<'_>) {
        if self.room.is_spent() {
            self.reasons.add(Reason::TooMuchMedia);
            return;
        }
        let described = describe(
            body,
            part,
            self.flow,
            self.policy,
            self.pinholes,
            self.edits,
            &mut self.room,
        );
        let reason = match described {
            Ok(refusal) => refusal.map(Reason::from),
            Err(Kept::NotSdp) => Some(Reason::NotSdp),
            Err(Kept::Refused(refusal)) => Some(refusal.into()),
            Err(Kept::Full | Kept::TooMuchMedia) => {
                self.room.spend();
                Some(Reason::TooMuchMedia)
            }
        };
        if let Some(reason) = reason {
            self.reasons.add(reason);
        }
    }

    /// Adds to a Content-Length what `body` has grown, in as many digits as the sender wrote.
    fn content_length(&mut self, length: Option<Text<'_>>, body: Text<'_>) -> Result<(), Full> {
        let growth = self.edits.growth_within(self.edits.span(body));
        let Some((length, old)) = length.and_then(|length| Some((length, length.number()?))) else {
            return Ok(());
        };
        if growth == 0 {
            return Ok(());
        }
        let new = i64::from(old).saturating_add(growth);
        let value = u32::try_from(new).map_err(|_| Full)?;
        let padded = length.first() == Some(b'0');
        let width = if padded { length.len() } else { 1 };
        self.edits.replace(length, New::Number { value, width })
    }
}

/// Fails where there may be more parts than were looked at.
fn whole(parts: &Parts<'_>) -> Result<(), Reason> {
    match parts.is_cut() {
        true => Err(Reason::TooMuchToRead),
        false => Ok(()),
    }
}
