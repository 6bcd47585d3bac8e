// SPDX-License-Identifier: GPL-2.0-only

//! The module's parameters, as they are now.
//!
//! They are declared in helpers.c, since `module!` knows no parameters that can be changed while
//! the module is loaded.

use super::{
    bindings,
    Protocol, //
};

macro_rules! read {
    ($parameter:ident) => {{
        let parameter = &raw const bindings::$parameter;
        // SAFETY: The parameter is an aligned, initialised integer that lives as long as the
        // module. It may change meanwhile, as with `READ_ONCE()` in C.
        unsafe { parameter.read_volatile() }
    }};
}

/// `sip_timeout`: how many seconds a SIP connection lives without a message.
pub(crate) fn timeout() -> u32 {
    read!(nf_sip_timeout)
}

/// `sip_direct_signalling`: may only the registrar call?
pub(crate) fn direct_signalling() -> bool {
    read!(nf_sip_direct_signalling) != 0
}

/// `sip_direct_media`: may media only come from where the signalling comes from?
pub(crate) fn direct_media() -> bool {
    read!(nf_sip_direct_media) != 0
}

/// `sip_external_media`: is nothing opened for media that passes on the far side?
pub(crate) fn external_media() -> bool {
    read!(nf_sip_external_media) != 0
}

/// `sip_media_timeout`: how many seconds of silence the media of a call survives; zero for as many as
/// any connection over UDP.
pub(crate) fn media_timeout() -> u32 {
    read!(nf_sip_media_timeout)
}

/// `sip_max_calls`: how many calls are remembered at a time.
pub(crate) fn max_calls() -> u32 {
    read!(nf_sip_max_calls)
}

/// `sip_max_calls_per_connection`: the same for one signalling connection.
pub(crate) fn max_calls_per_connection() -> u32 {
    read!(nf_sip_max_calls_per_connection)
}

/// `sip_any_contact_port`: may calls over TCP come in at any port that is registered?
pub(crate) fn any_contact_port() -> bool {
    read!(nf_sip_any_contact_port) != 0
}

/// `sip_stream_timeout`: for how many seconds anything may be held of streams; zero for as long as their
/// connection is.
pub(crate) fn stream_timeout() -> u32 {
    read!(nf_sip_stream_timeout)
}

/// `sip_max_stream_memory`: how many KiB may be held of streams.
pub(crate) fn max_stream_memory() -> u32 {
    read!(nf_sip_max_stream_memory)
}

/// `sip_udp_service_ports`, `sip_tcp_service_ports`: is a port kept for a service?
pub(crate) fn is_service_port(protocol: Protocol, port: u16) -> bool {
    // SAFETY: The function only looks into arrays that live as long as the module.
    unsafe { bindings::nf_sip_is_service(protocol.as_raw(), port) }
}
