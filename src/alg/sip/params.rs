// SPDX-License-Identifier: GPL-2.0

//! `;name=value` lists behind addresses and Via (RFC 3261 25.1, generic-param).

use crate::Text;

/// Walks parameters; names match whole, without regard to case.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a> {
    rest: Text<'a>,
}

impl<'a> Params<'a> {
    /// Parameters in `text`, which begins with their first semicolon or is empty.
    pub const fn new(text: Text<'a>) -> Self {
        Self { rest: text }
    }

    /// The value of the first parameter `name`; empty for one that has none.
    pub fn find(self, name: &str) -> Option<Text<'a>> {
        let mut params = self;
        params
            .find_map(|(found, value)| found.is(name).then_some(value))
            .map(|value| value.unwrap_or(self.rest.split_at(0).0))
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = (Text<'a>, Option<Text<'a>>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.trim_start().strip(";")?;
        let (param, rest) = split_unquoted(text, b";");
        self.rest = rest;
        Some(match param.cut(b'=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (param.trim(), None),
        })
    }
}

/// Splits before the first of `stops` that stands outside quoted strings and angle brackets.
pub(crate) fn split_unquoted<'a>(text: Text<'a>, stops: &[u8]) -> (Text<'a>, Text<'a>) {
    let mut quoted = false;
    let mut bracketed = false;
    let mut escaped = false;
    let end = text.bytes().iter().position(|&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => bracketed = true,
            b'>' if !quoted => bracketed = false,
            _ => return !quoted && !bracketed && stops.contains(&byte),
        }
        false
    });
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_params))]
mod tests {
    use super::*;

    fn find<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
        Params::new(Text::new(text)).find(name).map(Text::bytes)
    }

    #[test]
    fn names_match_whole_and_in_any_case() {
        assert_eq!(
            find(b";x-expires=0;Expires = 60", "expires"),
            Some(&b"60"[..])
        );
        assert_eq!(find(b";rport;branch=z9", "rport"), Some(&b""[..]));
        assert_eq!(find(b";branch=z9", "rport"), None);
        assert_eq!(find(b"", "rport"), None);
    }

    #[test]
    fn quoted_values_may_hold_separators() {
        let text = b";a=\"x;expires=0\\\";\";expires=5";
        assert_eq!(find(text, "expires"), Some(&b"5"[..]));
    }

    #[test]
    fn folding_may_stand_before_a_parameter() {
        assert_eq!(
            find(b"\r\n ;\r\n expires=3600", "expires"),
            Some(&b"3600"[..])
        );
    }
}
