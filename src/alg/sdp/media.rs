// SPDX-License-Identifier: GPL-2.0

//! One `m=` line and what belongs to it (RFC 8866 5.14).

use super::line::{
    word,
    Line, //
};
use super::Address;
use crate::Text;

/// What kind of media flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `audio`
    Audio,
    /// `video`
    Video,
    /// `image`, that is fax over T.38
    Image,
    /// Any other.
    Other,
}

/// Where RTCP goes when it is not the port above RTP (RFC 3605).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtcp<'a> {
    /// The digits of the port.
    pub port: Text<'a>,
    /// Its own address, where one is given.
    pub address: Option<Address<'a>>,
}

/// One `m=` line with the `c=` and attributes that belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Media<'a> {
    /// `audio`, `video`, ...
    pub kind: Kind,
    /// The digits of the port; zero for media that is refused or gone.
    pub port: Text<'a>,
    /// Whether the transport is UDP.
    pub udp: bool,
    /// Its own `c=`; without one the session's holds.
    pub connection: Option<Address<'a>>,
    /// Its `a=rtcp`.
    pub rtcp: Option<Rtcp<'a>>,
}

impl<'a> Media<'a> {
    /// Reads the value of an `m=` line: `kind port[/count] proto formats`.
    pub(super) fn new(value: Text<'a>) -> Option<Self> {
        let (kind, rest) = word(value);
        let (port, rest) = word(rest);
        let (proto, _formats) = word(rest);
        let (port, _count) = port.split_where(|byte| byte == b'/');
        port.number()?;
        let kind = match kind {
            kind if kind.is("audio") => Kind::Audio,
            kind if kind.is("video") => Kind::Video,
            kind if kind.is("image") => Kind::Image,
            _ => Kind::Other,
        };
        Some(Self {
            kind,
            port,
            udp: is_udp(proto),
            connection: None,
            rtcp: None,
        })
    }

    /// Takes a line that belongs to the media; of several `c=` the first counts.
    pub(super) fn take(&mut self, line: Line<'a>) {
        match line.letter {
            b'c' if self.connection.is_none() => self.connection = Address::parse(line.value),
            b'a' => {
                if let Some(value) = line.value.strip("rtcp:") {
                    self.rtcp = rtcp(value);
                }
            }
            _ => {}
        }
    }
}

/// RTP in all its profiles and `udptl` (T.38) run over UDP; `TCP/...` says so in front.
fn is_udp(proto: Text<'_>) -> bool {
    proto.strip("RTP/").is_some() || proto.strip("UDP").is_some()
}

/// `port [IN IP4 address]`
fn rtcp(value: Text<'_>) -> Option<Rtcp<'_>> {
    let (port, address) = word(value);
    port.port()?;
    Some(Rtcp {
        port,
        address: Address::parse(address),
    })
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_media))]
mod tests {
    use super::*;

    #[test]
    fn kinds_ports_and_transports() {
        let media = |value: &'static [u8]| Media::new(Text::new(value));
        let read = |value| media(value).map(|media| (media.kind, media.port.number(), media.udp));
        assert_eq!(
            read(b"audio 49170/2 RTP/AVP 0"),
            Some((Kind::Audio, Some(49170), true))
        );
        assert_eq!(
            read(b"image  4000  udptl t38"),
            Some((Kind::Image, Some(4000), true))
        );
        assert_eq!(
            read(b"video 9 TCP/RTP/AVP 96"),
            Some((Kind::Video, Some(9), false))
        );
        assert_eq!(
            read(b"x-data 0 RTP/SAVPF 1"),
            Some((Kind::Other, Some(0), true))
        );
        assert!(media(b"audio").is_none());
        assert!(media(b"audio $ RTP/AVP 0").is_none());
    }
}
