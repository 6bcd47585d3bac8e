// SPDX-License-Identifier: GPL-2.0

//! `;name=value` lists behind addresses and Via (RFC 3261 25.1, generic-param).

use crate::scan::{
    find,
    find_either,
    find_either_near,
    find_near,
    find_one_of,
    find_separator_near, //
};
use crate::Text;

/// Parameters that are looked through for one.
pub(crate) const MAX_PARAMS: usize = 46;

/// Quoted strings and angle brackets that a value may hold; one that has more goes to the end.
pub(crate) const MAX_MARKS: usize = 48;

/// Escapes in a quoted string, and stretches between them; one in which there are more goes to the end.
const MAX_ESCAPES: usize = 256;

/// Commas and blanks that may stand between two values.
const MAX_BETWEEN: usize = 512;

/// Walks parameters; names match whole, without regard to case.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a> {
    rest: Text<'a>,
    marks: Marks,
}

impl<'a> Params<'a> {
    /// Parameters in `text`, which begins with their first semicolon or is empty.
    pub const fn new(text: Text<'a>) -> Self {
        Self {
            rest: text,
            marks: Marks::new(),
        }
    }

    /// The text of all of them.
    pub const fn text(self) -> Text<'a> {
        self.rest
    }

    /// The value of the first parameter `name`; empty for one that has none.
    #[inline(always)]
    pub fn find(self, name: &str) -> Option<Text<'a>> {
        let mut params = self;
        for _ in 0..MAX_PARAMS {
            let text = params.rest.trim_start().strip_byte(b';')?.trim_start();
            let begins = text.first().zip(name.bytes().next());
            let begins = begins.is_some_and(|(one, other)| (one ^ other) & !0x20 == 0);
            let named = if begins { text.strip(name) } else { None };
            if let Some(behind) = named.map(Text::trim_start) {
                if let Some(value) = behind.strip_byte(b'=') {
                    let (value, _) = split_unquoted(value, b';', &mut params.marks);
                    return Some(value.trim());
                }
                if matches!(behind.first(), None | Some(b';')) {
                    return Some(behind.take(0));
                }
            }
            params.rest = split_unquoted(text, b';', &mut params.marks).1;
        }
        None
    }

    /// The next `name=value`, without blanks in front.
    #[inline(always)]
    fn param(&mut self) -> Option<Text<'a>> {
        let text = self.rest.trim_start().strip_byte(b';')?;
        let (param, rest) = split_unquoted(text, b';', &mut self.marks);
        self.rest = rest;
        Some(param.trim_start())
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = (Text<'a>, Option<Text<'a>>);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let param = self.param()?;
        let (name, value) = param.split_before(b'=');
        let value = value.strip_byte(b'=').map(Text::trim);
        Some((name.trim_end(), value))
    }
}

/// What was met in a value of a list that takes time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    /// Whether another `>` is known not to come: it is looked for in vain once, not for every `<`.
    close: Close,
    /// Quoted strings and angle brackets.
    marks: usize,
    /// Names, and parameters of a Via, that are looked at more closely.
    others: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
enum Close {
    MayCome,
    IsMissing,
}

impl Marks {
    /// Nothing is known yet.
    pub(crate) const fn new() -> Self {
        Self {
            close: Close::MayCome,
            marks: 0,
            others: 0,
        }
    }

    /// Begins the next value.
    pub(crate) fn begin(&mut self) {
        self.marks = 0;
        self.others = 0;
    }

    /// What all of it costs.
    pub(crate) const fn count(&self) -> usize {
        // With the first one all is read once more.
        let all = self.marks.wrapping_add(self.others);
        match all {
            0 => 0,
            _ => all.wrapping_add(1),
        }
    }

    /// Counts a name in quotes, which is read twice.
    pub(crate) fn name(&mut self) {
        self.others = self.others.wrapping_add(2);
    }

    /// Counts a parameter.
    pub(crate) fn pass(&mut self) {
        self.others = self.others.wrapping_add(1);
    }

    /// Counts a quoted string or a bracket of so many bytes; `None` where the value has too many.
    pub(crate) fn meet(&mut self, len: usize) -> Option<()> {
        // There may be escapes in a long one.
        let count = len.wrapping_div(48).wrapping_add(1);
        self.marks = self.marks.saturating_add(count);
        (self.marks <= MAX_MARKS).then_some(())
    }

    /// The length of what angle brackets enclose, both included; one that is not closed is alone.
    fn len(&mut self, bytes: &[u8]) -> usize {
        if self.close == Close::MayCome {
            let end = find(bytes, b'>');
            if end < bytes.len() {
                return end.wrapping_add(1);
            }
            self.close = Close::IsMissing;
        }
        1
    }
}

/// Splits before the first `stop` that stands outside quoted strings and angle brackets.
#[inline(always)]
pub(crate) fn split_unquoted<'a>(
    text: Text<'a>,
    stop: u8,
    marks: &mut Marks,
) -> (Text<'a>, Text<'a>) {
    let bytes = text.bytes();
    let found = find_separator_near(bytes);
    match bytes.get(found) {
        Some(byte) if *byte != stop => split_behind_quotes(text, stop, found, marks),
        _ => text.split_at(found),
    }
}

/// The same where a quoted string, a bracket or what is no separator here stands at `len`.
#[cold]
fn split_behind_quotes<'a>(
    text: Text<'a>,
    stop: u8,
    len: usize,
    marks: &mut Marks,
) -> (Text<'a>, Text<'a>) {
    let mut rest = text.skip(len);
    loop {
        rest = rest.skip(find_one_of(rest.bytes(), [stop, b'"', b'<']));
        let mark = match rest.first() {
            Some(byte) if byte == stop => return text.split_at(rest.behind(text)),
            Some(b'"') => quoted(rest.bytes()),
            Some(_) => marks.len(rest.bytes()),
            None => return text.split_at(text.len()),
        };
        if marks.meet(mark).is_none() {
            return text.split_at(text.len());
        }
        rest = rest.skip(mark);
    }
}

/// Where the next value of a list begins, behind blanks and commas; empty at its end.
#[inline(always)]
pub(crate) fn next_value(list: Text<'_>) -> Text<'_> {
    let rest = list.trim_start();
    match rest.strip_byte(b',') {
        Some(behind) if behind.first().is_some_and(|next| next > b',') => behind,
        Some(behind) => behind_blanks(behind),
        None => rest,
    }
}

/// The same behind the first comma, where there are others, or blanks; what has so many holds nothing else.
#[cold]
fn behind_blanks(list: Text<'_>) -> Text<'_> {
    let (between, _) = list
        .take(MAX_BETWEEN)
        .split_where(|byte| !is_between_values(byte));
    match between.len() {
        MAX_BETWEEN => list.skip(list.len()),
        len => list.skip(len),
    }
}

/// Whether it stands between two values; a line end does where it is folded.
const fn is_between_values(byte: u8) -> bool {
    const THERE: u64 = (1 << b',') | (1 << b' ') | (1 << b'\t') | (1 << b'\r') | (1 << b'\n');
    // CAST: Only characters below 64 are looked up.
    byte < 64 && THERE.wrapping_shr(byte as u32) & 1 != 0
}

/// Splits before the comma that ends a value of a list, where there is one.
#[inline(always)]
pub(crate) fn split_value<'a>(text: Text<'a>, marks: &mut Marks) -> (Text<'a>, Text<'a>) {
    let (value, rest) = text.split_before(b',');
    if rest.is_empty() || find_either(value.bytes(), b'"', b'<') == value.len() {
        return (value, rest);
    }
    split_unquoted(text, b',', marks)
}

/// The length of the quoted string that `bytes` begin with, quotes included (RFC 3261 25.1).
///
/// One that is not closed goes to the end.
#[inline(always)]
pub(crate) fn quoted(bytes: &[u8]) -> usize {
    let end = find_near(bytes.get(1..).unwrap_or(&[]), b'"');
    match bytes.get(end..) {
        // Nothing can have escaped it.
        Some([before, b'"', ..]) if *before != b'\\' => end.wrapping_add(2),
        Some([_, _, ..]) => quoted_with_escapes(bytes),
        _ => bytes.len(),
    }
}

/// The same where something is escaped.
#[cold]
fn quoted_with_escapes(bytes: &[u8]) -> usize {
    let mut len: usize = 1;
    for _ in 0..MAX_ESCAPES {
        let Some(rest @ [byte, ..]) = bytes.get(len..) else {
            break;
        };
        let count = match byte {
            b'"' => return len.wrapping_add(1),
            // What is escaped ends nothing.
            b'\\' => 2,
            _ => find_either_near(rest, b'"', b'\\'),
        };
        len = len.wrapping_add(count);
    }
    bytes.len()
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_params))]
mod tests {
    use super::*;

    fn value<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
        Params::new(Text::new(text)).find(name).map(Text::bytes)
    }

    #[test]
    fn names_match_whole_and_in_any_case() {
        assert_eq!(
            value(b";x-expires=0;Expires = 60", "expires"),
            Some(&b"60"[..])
        );
        assert_eq!(value(b";rport;branch=z9", "rport"), Some(&b""[..]));
        assert_eq!(value(b";branch=z9", "rport"), None);
        assert_eq!(value(b"", "rport"), None);
    }

    #[test]
    fn quoted_values_may_hold_separators() {
        let text = b";a=\"x;expires=0\\\";\";expires=5";
        assert_eq!(value(text, "expires"), Some(&b"5"[..]));
        assert_eq!(value(b";a=\"x;expires=0", "expires"), None);
        assert_eq!(value(b";a=<x;y>;expires=5", "expires"), Some(&b"5"[..]));
        assert_eq!(value(b";a=<x;expires=5", "expires"), Some(&b"5"[..]));
    }

    #[test]
    fn folding_may_stand_before_a_parameter() {
        assert_eq!(
            value(b"\r\n ;\r\n expires=3600", "expires"),
            Some(&b"3600"[..])
        );
    }

    #[test]
    fn quotes_end_where_they_end() {
        assert_eq!(quoted(b"\"a\\\"b\" c"), 6);
        assert_eq!(quoted(b"\"open"), 5);
        assert_eq!(quoted(b"\"\\"), 2);
    }
}
