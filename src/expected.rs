// SPDX-License-Identifier: GPL-2.0

//! Connections that come in through a pinhole: where NAT takes them.

use core::net::SocketAddr;

use crate::nf::nat::{
    Expected,
    NewConn, //
};
use crate::nf::{
    Conn,
    Direction,
    ExpectationRef, //
};
use crate::pinholes::Class;
use kernel::prelude::*;

/// Leads an expected connection to the endpoint that its pinhole was opened for.
pub(crate) struct Follow;

impl Expected for Follow {
    const NAME: &'static CStr = c"sip";

    fn expected(mut conn: NewConn<'_>, pinhole: &ExpectationRef) {
        let Some(inside) = pinhole.inside() else {
            return;
        };
        let Some(arriving) = conn.conn().tuple(Direction::Original) else {
            return;
        };
        let Some(master) = conn.conn().master() else {
            return;
        };
        // Media leaves from where the other side was told to send it to.
        let own = (!Class::Signalling.is_of(pinhole))
            .then(|| told(master, arriving.source))
            .flatten();
        let as_master = master
            .tuple(pinhole.direction())
            .filter(|tuple| tuple.source.ip() == arriving.source.ip())
            .and_then(|_| master.tuple(pinhole.direction().opposite()))
            .map(|tuple| tuple.destination.ip());

        conn.map_destination(inside);
        match (own, as_master) {
            (Some(outside), _) => conn.map_source(outside.ip(), Some(outside.port())),
            (None, Some(address)) => conn.map_source(address, None),
            (None, None) => false,
        };
    }
}

/// The outside endpoint of the pinhole that leads to `inside`.
fn told(master: &Conn, inside: SocketAddr) -> Option<SocketAddr> {
    let held = master.expectations()?;
    let found = held
        .iter()
        .find(|pinhole| pinhole.inside() == Some(inside))
        .and_then(|pinhole| pinhole.destination());
    found
}
