// SPDX-License-Identifier: GPL-2.0

//! Bodies of several parts (RFC 2046 5.1, RFC 5621).

use super::message::Headers;
use super::{
    MediaType,
    Name, //
};
use crate::Text;

/// Header fields of a part; one that has more is not read.
const MOST_FIELDS: usize = 32;

/// One part of a multipart body.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its Content-Type, where there is one that can be read.
    pub media_type: Option<MediaType<'a>>,
    /// The digits of its own Content-Length.
    pub content_length: Option<Text<'a>>,
    /// What it holds; the line end in front of the boundary is none of it.
    pub body: Text<'a>,
    /// Header fields that were read.
    pub(crate) fields: usize,
    /// Those of them that were read for its type.
    pub(crate) types: usize,
}

impl<'a> Part<'a> {
    fn new(text: Text<'a>) -> Self {
        let mut headers = Headers::of_part(text);
        let mut media_type = None;
        let mut content_length = None;
        let (mut fields, mut types) = (0_usize, 0_usize);
        for header in headers.by_ref().take(MOST_FIELDS) {
            fields = fields.wrapping_add(1);
            match header.name {
                Name::ContentType if media_type.is_none() => {
                    types = types.wrapping_add(1);
                    media_type = MediaType::parse(header.value).ok();
                }
                Name::ContentLength if content_length.is_none() => {
                    content_length = Some(header.value);
                }
                _ => {}
            }
        }
        Self {
            media_type,
            content_length,
            body: headers.body().unwrap_or(text.skip(text.len())),
            fields,
            types,
        }
    }

    /// Whether it is a session description.
    pub fn is_sdp(&self) -> bool {
        self.media_type
            .is_some_and(|media_type| media_type.is_sdp())
    }

    /// What separates its own parts, where it has some.
    pub fn boundary(&self) -> Option<Text<'a>> {
        self.media_type.and_then(|media_type| media_type.boundary())
    }
}

/// Walks the parts of a body; what stands in front of the first boundary and behind the last is none.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    boundary: Text<'a>,
    /// Begins behind a boundary; `None` behind the last.
    rest: Option<Text<'a>>,
    /// How many more lines are looked at.
    lines: usize,
}

impl<'a> Parts<'a> {
    /// The parts of `body` between lines of `--boundary`.
    pub fn new(body: Text<'a>, boundary: Text<'a>) -> Self {
        let mut parts = Self {
            boundary,
            rest: Some(body),
            lines: body.len().wrapping_div(24).wrapping_add(48),
        };
        parts.until_boundary();
        parts
    }

    /// Whether there are more lines than are looked at.
    pub fn is_cut(&self) -> bool {
        self.lines == 0
    }

    /// Goes behind the next boundary and returns what is in front of it.
    ///
    /// `None` where no boundary follows: what is left is no part.
    fn until_boundary(&mut self) -> Option<Text<'a>> {
        let start = self.rest.take()?;
        let mut rest = start;
        let mut end: usize = 0;
        while !rest.is_empty() {
            self.lines = self.lines.checked_sub(1)?;
            let (line, behind) = rest.split_line();
            if let Some(last) = self.ends_part(line) {
                self.rest = (!last).then_some(behind);
                return Some(start.take(end));
            }
            end = line.behind(start).saturating_add(line.len());
            rest = behind;
        }
        None
    }

    /// Whether the line is a boundary, and if so whether it is the last.
    fn ends_part(&self, line: Text<'a>) -> Option<bool> {
        let boundary = line.strip_byte(b'-')?.strip_byte(b'-')?;
        let (head, tail) = boundary.split_at(self.boundary.len());
        if head.bytes() != self.boundary.bytes() {
            return None;
        }
        let last = tail.strip_byte(b'-').and_then(|tail| tail.strip_byte(b'-'));
        let behind = last.unwrap_or(tail);
        behind.trim().is_empty().then_some(last.is_some())
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        self.until_boundary().map(Part::new)
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_mime))]
mod tests {
    use super::*;

    fn parts(body: &[u8]) -> Parts<'_> {
        Parts::new(Text::new(body), Text::new(b"b1"))
    }

    #[test]
    fn parts_lie_between_boundaries() {
        let body =
            b"preamble\r\n--b1\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\n\
            v=0\r\n\r\n--b1\r\n\r\nplain\r\n--b1--\r\nepilogue\r\n--b1\r\n\r\nno part\r\n--b1--";
        let mut parts = parts(body);
        let first = parts.next();
        assert!(first.is_some_and(|part| part.body.bytes() == b"v=0\r\n"
            && part
                .media_type
                .is_some_and(|media_type| media_type.is_sdp())
            && part.content_length.is_some_and(|length| length.is("5"))));
        let second = parts.next();
        assert!(
            second.is_some_and(|part| part.body.bytes() == b"plain" && part.media_type.is_none())
        );
        assert!(parts.next().is_none());
    }

    #[test]
    fn lf_alone_and_blanks_behind_a_boundary() {
        let body = b"--b1 \t\nc: application/sdp\n\nv=0\n--b1--\n";
        let mut parts = parts(body);
        assert!(parts.next().is_some_and(|part| part.body.bytes() == b"v=0"));
        assert!(parts.next().is_none());
    }

    #[test]
    fn what_only_begins_like_a_boundary_is_none() {
        let body = b"--b1\r\n\r\n--b12\r\n-b1\r\n --b1\r\n--b1--";
        let mut parts = parts(body);
        assert!(parts
            .next()
            .is_some_and(|part| part.body.bytes() == b"--b12\r\n-b1\r\n --b1"));
    }

    #[test]
    fn part_that_is_not_ended_is_no_part() {
        assert!(parts(b"--b1\r\n\r\nv=0\r\n").next().is_none());
        assert!(parts(b"no boundary").next().is_none());
        assert!(parts(b"").next().is_none());
    }

    #[test]
    fn part_without_empty_line_has_no_body() {
        let mut parts = parts(b"--b1\r\nContent-Type: text/plain\r\n--b1--");
        assert!(parts
            .next()
            .is_some_and(|part| part.body.is_empty() && part.media_type.is_some()));
    }
}
