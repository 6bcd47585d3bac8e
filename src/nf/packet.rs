// SPDX-License-Identifier: GPL-2.0-only

//! Packets on their way through a helper.

use super::{
    bindings,
    tuple::{
        self,
        Family, //
    },
    Conn,
    Direction, //
};
use core::{
    net::IpAddr,
    ptr,
    slice, //
};
use kernel::{
    ffi::c_uint,
    prelude::*,
    str::CStr,
    types::NotThreadSafe, //
};

/// The length of a UDP header.
const UDP_HEADER: usize = 8;

/// The length of the longest packet.
const LONGEST: usize = 65535;

/// A packet of a connection.
///
/// # Invariants
///
/// `skb` is a valid packet that nobody else changes, which starts with its network header and
/// belongs to `conn`.
pub(crate) struct Packet<'a> {
    skb: *mut bindings::sk_buff,
    /// Where the transport header starts, from the start of the packet. Nothing says that the
    /// packet reaches so far.
    transport: usize,
    conn: &'a Conn,
    info: bindings::ip_conntrack_info,
    _context: NotThreadSafe,
}

impl<'a> Packet<'a> {
    /// # Safety
    ///
    /// For `'a`, `skb` must be valid, be changed by nobody else, start with its network header and
    /// belong to `conn`, as `info` says.
    pub(super) unsafe fn new(
        skb: *mut bindings::sk_buff,
        transport: c_uint,
        conn: &'a Conn,
        info: bindings::ip_conntrack_info,
    ) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            skb,
            transport: transport as usize,
            conn,
            info,
            _context: NotThreadSafe,
        }
    }

    /// Returns the direction in which the packet travels.
    pub(crate) fn direction(&self) -> Direction {
        Direction::from_info(self.info)
    }

    /// Returns the connection that the packet belongs to.
    pub(crate) fn conn(&self) -> &'a Conn {
        self.conn
    }

    /// Does this packet stand for several that the network card, or the sender, has not cut up yet?
    ///
    /// What it carries is then not one message but many, and cannot be replaced.
    pub(crate) fn is_aggregated(&self) -> bool {
        // SAFETY: The packet is valid by the type invariant.
        unsafe { bindings::nf_sip_skb_is_gso(self.skb) }
    }

    /// Tells the administrator's log of packets, where there is one, what could not be had for this one.
    pub(crate) fn log(&self, why: &'static CStr) {
        // SAFETY: The packet is valid and belongs to the connection by the type invariant, and the
        // text is terminated.
        unsafe { bindings::nf_sip_skb_log(self.skb, self.conn.as_ptr(), why.as_char_ptr()) };
    }

    /// Brings all of the packet into one piece, so that its payload can be seen.
    ///
    /// False if there is no memory for that; the packet is then as it was.
    pub(crate) fn linear(&mut self) -> bool {
        if self.is_linear() {
            return true;
        }
        // SAFETY: The packet is valid and ours to change by the type invariant, and nothing borrows
        // its bytes while `self` is borrowed exclusively.
        unsafe { bindings::nf_sip_skb_linearize(self.skb) }
    }

    fn is_linear(&self) -> bool {
        // SAFETY: The packet is valid by the type invariant.
        let elsewhere = unsafe { (*self.skb).data_len };
        elsewhere == 0
    }

    /// Returns the length of the packet, from its network header.
    fn len(&self) -> usize {
        // SAFETY: The packet is valid by the type invariant.
        let len = unsafe { (*self.skb).len };
        len as usize
    }

    /// Returns the bytes of the packet from its transport header on, if they are in one piece.
    fn transport(&self) -> Option<&[u8]> {
        if !self.is_linear() {
            return None;
        }
        // SAFETY: The packet is valid by the type invariant.
        let data = unsafe { (*self.skb).data };
        // SAFETY: All bytes of the packet lie in a row from `data`, as none is elsewhere. They do
        // not change or move while `self` is borrowed, by the type invariant.
        let bytes = unsafe { slice::from_raw_parts(data, self.len()) };
        bytes.get(self.transport..)
    }

    /// Returns what the UDP packet carries, within the length that its header states.
    ///
    /// Empty if the packet is not in one piece, see [`Self::linear`], or states a length that
    /// cannot be.
    pub(crate) fn payload(&self) -> &[u8] {
        self.udp().unwrap_or_default()
    }

    fn udp(&self) -> Option<&[u8]> {
        let datagram = self.transport()?;
        let [_, _, _, _, high, low, _, _] = datagram.first_chunk::<UDP_HEADER>()?;
        let stated = usize::from(u16::from_be_bytes([*high, *low]));
        datagram.get(UDP_HEADER..stated)
    }

    /// Returns by how many bytes the packet may grow.
    pub(crate) fn room(&self) -> usize {
        LONGEST.saturating_sub(self.len())
    }

    /// Replaces `len` bytes at `offset` of the payload, and mends lengths and checksums.
    ///
    /// False if that cannot be; the packet is then as it was.
    pub(crate) fn mangle_udp(&mut self, offset: usize, len: usize, replacement: &[u8]) -> bool {
        let Some((transport, payload)) = self.transport().zip(self.udp()) else {
            return false;
        };
        // The kernel takes all that follows the header for payload, and says so in the new header.
        if transport.len().checked_sub(UDP_HEADER) != Some(payload.len()) {
            return false;
        }
        let inside = offset
            .checked_add(len)
            .is_some_and(|end| end <= payload.len());
        let growth = replacement.len().saturating_sub(len);
        if !inside || growth > self.room() || self.is_aggregated() {
            return false;
        }

        // CAST: All of them are bounded by the length of the longest packet: the first three by
        // that of this one, the last by that and the growth.
        // SAFETY: The packet is valid, ours to change, and belongs to the connection, by the type
        // invariant. It is a UDP packet in one piece in which the range lies. Nothing borrows its
        // bytes while `self` is borrowed exclusively.
        unsafe {
            bindings::nf_nat_mangle_udp_packet(
                self.skb,
                self.conn.as_ptr(),
                self.info,
                self.transport as c_uint,
                offset as c_uint,
                len as c_uint,
                replacement.as_ptr().cast(),
                replacement.len() as c_uint,
            )
        }
    }

    /// Sends the UDP packet on to another port of its destination, and mends its checksum.
    ///
    /// The connection does not know of that: what comes back from there is none of its packets.
    /// False if that cannot be; the packet is then as it was.
    pub(crate) fn set_destination_port(&mut self, port: u16) -> bool {
        if self.udp().is_none() {
            return false;
        }
        // CAST: It is bounded by the length of the longest packet, as the header lies in this one.
        let transport = self.transport as c_uint;
        // SAFETY: The packet is valid and ours to change by the type invariant. It is a UDP packet in
        // one piece whose header starts there. Nothing borrows its bytes while `self` is borrowed
        // exclusively.
        unsafe { bindings::nf_sip_skb_set_udp_dest(self.skb, transport, port) }
    }

    /// Is the packet as it was sent, as far as its checksum says?
    ///
    /// What is written anew gets a right one, so that its receiver could no longer see that it was not.
    pub(crate) fn is_intact(&mut self) -> bool {
        // CAST: It lies in the packet, or no further behind its end than headers are long.
        let transport = self.transport as c_uint;
        // SAFETY: The packet is valid, starts with its network header and belongs to the connection by the
        // type invariant. Nothing borrows what is noted of its checksum while `self` is borrowed
        // exclusively.
        unsafe { bindings::nf_sip_skb_is_intact(self.skb, self.conn.as_ptr(), transport) }
    }

    /// Returns the TCP segment, header and payload.
    ///
    /// [`None`] if the packet is not in one piece, see [`Self::linear`].
    pub(crate) fn segment(&self) -> Option<&[u8]> {
        self.transport()
    }

    /// Returns the most that a TCP segment may carry on the packet's route behind a header of so many
    /// bytes, which is more than any packet can where the route is not known.
    pub(crate) fn segment_room(&self, header: usize) -> usize {
        // SAFETY: The packet is valid by the type invariant.
        let mtu = unsafe { bindings::nf_sip_skb_mtu(self.skb) };
        match mtu {
            0 => LONGEST,
            mtu => (mtu as usize).saturating_sub(self.transport.saturating_add(header)),
        }
    }

    /// Makes another TCP segment of the packet: with this header, of the same length, and the payload if
    /// there is one; what is longer than `size` is cut into several where the packet leaves.
    ///
    /// False if that cannot be; the packet is then as it was.
    pub(crate) fn set_segment(
        &mut self,
        header: &[u8],
        payload: Option<&[u8]>,
        size: usize,
    ) -> bool {
        let whole = self.transport.saturating_add(header.len());
        let payload_len = payload.map_or(0, <[u8]>::len);
        let inside = self.segment().is_some_and(|old| header.len() <= old.len());
        if !inside || whole.saturating_add(payload_len) > LONGEST || size == 0 {
            return false;
        }
        let new = bindings::nf_sip_segment {
            header: header.as_ptr().cast(),
            // CAST: It lies in the packet.
            header_len: header.len() as c_uint,
            payload: payload.map_or(ptr::null(), |payload| payload.as_ptr().cast()),
            // CAST: It fits into a packet, as was just seen.
            len: payload_len as c_uint,
            size: size.min(LONGEST) as c_uint,
        };
        // CAST: It lies in the packet.
        let transport = self.transport as c_uint;
        // SAFETY: The packet is valid, ours to change, starts with its network header and belongs to the
        // connection by the type invariant. It is in one piece, in which a header of that length lies
        // at the offset. Both texts live for the call, and nothing borrows the packet's bytes while
        // `self` is borrowed exclusively.
        unsafe { bindings::nf_sip_skb_set_tcp(self.skb, self.conn.as_ptr(), transport, &new) }
    }

    /// Lets the packet be sent in fragments where it has grown beyond what its route takes.
    ///
    /// Its sender forbade that for a packet that fitted.
    pub(crate) fn allow_fragments(&mut self) {
        // SAFETY: The packet is valid and ours to change by the type invariant, it was made writable
        // when it was mangled, and belongs to the connection.
        unsafe { bindings::nf_sip_skb_allow_fragments(self.skb, self.conn.as_ptr()) };
    }

    /// Is the route to an address through the device that this packet leaves by?
    ///
    /// False, too, where either is unknown or the address is of another family.
    pub(crate) fn leaves_towards(&self, address: IpAddr) -> bool {
        let family = self
            .conn
            .tuple(Direction::Original)
            .map(|tuple| Family::of(tuple.source.ip()));
        if family != Some(Family::of(address)) {
            return false;
        }
        let address = tuple::raw_address(address);
        // SAFETY: The packet is valid and belongs to the connection by the type invariant, RCU is
        // read-locked by that of `Conn`, and the address is of the connection's family.
        unsafe { bindings::nf_sip_skb_leaves_towards(self.skb, self.conn.as_ptr(), &address) }
    }
}
