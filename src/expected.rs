// SPDX-License-Identifier: GPL-2.0

//! Connections that come in through a pinhole: where NAT takes them.

use crate::calls::Calls;
use crate::nf::{
    parameters,
    Direction,
    ExpectationRef,
    NewConn, //
};
use crate::pinholes::Class;

/// Leads an expected connection to the endpoint that its pinhole was opened for.
///
/// Media leaves from where the other side was told to send it to; it survives silence.
pub(crate) fn follow(mut conn: NewConn<'_>, pinhole: &ExpectationRef, calls: &Calls) {
    let Some(arriving) = conn.conn().tuple(Direction::Original) else {
        return;
    };
    let mut told = None;
    if !Class::Signalling.is_of(pinhole) {
        told = calls.flows(conn.conn(), arriving.destination, arriving.source);
        match parameters::media_timeout() {
            0 => {}
            seconds => conn.be_patient(seconds),
        }
    }
    let Some(inside) = pinhole.inside() else {
        return;
    };
    let Some(master) = conn.conn().master() else {
        return;
    };
    let as_master = master
        .tuple(pinhole.direction())
        .filter(|tuple| tuple.source.ip() == arriving.source.ip())
        .and_then(|_| master.tuple(pinhole.direction().opposite()))
        .map(|tuple| tuple.destination.ip());

    conn.map_destination(inside);
    match (told, as_master) {
        (Some(outside), _) => conn.map_source(outside.ip(), Some(outside.port())),
        (None, Some(address)) => conn.map_source(address, None),
        (None, None) => false,
    };
}
