// SPDX-License-Identifier: GPL-2.0

//! The calls and registrations that are remembered, from the module's own files: whatever comes, and with
//! whatever memory, the tables agree with each other and the shares are kept.

#[path = "remembered.rs"]
mod calls;
#[expect(dead_code, reason = "not all of it is needed here")]
#[path = "../alg/gateway.rs"]
mod gateway;
#[expect(dead_code, reason = "not all of it is needed here")]
#[path = "../alg/messages.rs"]
mod messages;
mod nf;
#[expect(dead_code, reason = "not all of it is needed here")]
#[path = "../alg/table.rs"]
mod table;

mod pinholes {
    //! What the module asks of them.

    use alg::call::MediaPorts;
    use core::net::IpAddr;

    #[derive(Clone, Copy)]
    pub(crate) struct Way {
        pub(crate) protocol: crate::nf::Protocol,
        pub(crate) outside: IpAddr,
        pub(crate) told: MediaPorts,
    }
}
