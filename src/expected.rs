// SPDX-License-Identifier: GPL-2.0

//! Connections that come in through a pinhole: where NAT takes them.

use crate::calls::Calls;
use crate::nf::{
    parameters,
    Direction,
    ExpectationRef,
    NewConn,
    Protocol, //
};
use crate::pinholes::Class;

/// Leads an expected connection to the endpoint that its pinhole was opened for.
///
/// Media leaves from where the other side was told to send it to, and survives silence. It takes the
/// place of what came from where the other side was two moves before.
pub(crate) fn follow(mut conn: NewConn<'_>, pinhole: &ExpectationRef, calls: &Calls) {
    let Some(arriving) = conn.conn().tuple(Direction::Original) else {
        return;
    };
    let Some(master) = conn.conn().master() else {
        return;
    };
    let flowing = (!Class::Signalling.has(pinhole))
        .then(|| calls.flows(master, &arriving))
        .flatten();
    if let Some(past) = flowing.as_ref().and_then(|flowing| flowing.past) {
        master.end_expected(arriving.protocol, past, arriving.destination);
    }
    let own = flowing.and_then(|flowing| flowing.leaves_from);
    let as_master = master
        .tuple(pinhole.direction())
        .filter(|tuple| tuple.source.ip() == arriving.source.ip())
        .and_then(|_| master.tuple(pinhole.direction().opposite()))
        .map(|tuple| tuple.destination.ip());

    if !Class::Signalling.has(pinhole) && arriving.protocol == Protocol::Udp {
        be_patient(&mut conn);
    }
    let Some(inside) = pinhole.inside() else {
        return;
    };
    conn.map_destination(inside);
    match (own, as_master) {
        (Some(outside), _) => conn.map_source(outside.ip(), Some(outside.port())),
        (None, Some(address)) => conn.map_source(address, None),
        (None, None) => false,
    };
}

/// Lets media survive silence, if the administrator does not want it otherwise.
fn be_patient(conn: &mut NewConn<'_>) {
    let seconds = parameters::media_timeout();
    if seconds > 0 {
        conn.be_patient(seconds);
    }
}
