// SPDX-License-Identifier: GPL-2.0

//! Connections that come in through a pinhole: where NAT takes them.

use core::net::SocketAddr;

use crate::calls::Calls;
use crate::nf::{
    parameters,
    Conn,
    Direction,
    ExpectationRef,
    NewConn,
    Protocol,
    Tuple, //
};
use crate::pinholes::{
    way_to,
    Class, //
};

/// Leads an expected connection to the endpoint that its pinhole was opened for.
///
/// Media leaves from where the other side was told to send it to, and survives silence; it takes the
/// place of what came from where the other side was two moves before, and of what the last packet of an
/// ended call has left at its port. Messages of a neighbour leave from
/// its own way: what the other has to say to its Contact comes back by the same connection.
pub(crate) fn follow(mut conn: NewConn<'_>, pinhole: &ExpectationRef, calls: &Calls) {
    let Some(arriving) = conn.conn().tuple(Direction::Original) else {
        return;
    };
    let Some(master) = conn.conn().master() else {
        return;
    };
    let own = match Class::Signalling.has(pinhole) {
        false => media(calls, master, &arriving),
        true if pinhole.is_permanent() => None,
        true => way_to(master.root(), arriving.source),
    };
    let as_master = master
        .tuple(pinhole.direction())
        .filter(|tuple| tuple.source.ip() == arriving.source.ip())
        .and_then(|_| master.tuple(pinhole.direction().opposite()))
        .map(|tuple| tuple.destination.ip());

    let inside = pinhole.inside();
    if !Class::Signalling.has(pinhole) && arriving.protocol == Protocol::Udp {
        if let (Some(inside), Some(outside)) = (inside, own) {
            master.end_stray(inside, outside);
        }
        be_patient(&mut conn);
    }
    let Some(inside) = inside else {
        return;
    };
    conn.map_destination(inside);
    match (own, as_master) {
        (Some(outside), _) => conn.map_source(outside.ip(), Some(outside.port())),
        (None, Some(address)) => conn.map_source(address, None),
        (None, None) => false,
    };
}

/// Where media that comes in has to leave from.
fn media(calls: &Calls, master: &Conn, arriving: &Tuple) -> Option<SocketAddr> {
    let flowing = calls.flows(master, arriving)?;
    let past = flowing.past.filter(|_| arriving.protocol == Protocol::Udp);
    if let Some(past) = past {
        master.end_expected(past, arriving.destination);
    }
    flowing.leaves_from
}

/// Lets media survive silence, if the administrator does not want it otherwise.
fn be_patient(conn: &mut NewConn<'_>) {
    let seconds = parameters::media_timeout();
    if seconds > 0 {
        conn.be_patient(seconds);
    }
}
