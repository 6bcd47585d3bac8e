// SPDX-License-Identifier: GPL-2.0

//! Sockets in the namespaces of other machines.

use std::fs::{
    self,
    File, //
};
use std::io::{
    self,
    ErrorKind,
    Read, //
};
use std::net::{
    SocketAddr,
    SocketAddrV4,
    TcpListener, //
};

use nix::sched::{
    sched_setaffinity,
    setns,
    CloneFlags,
    CpuSet, //
};
use nix::unistd::Pid;
use socket2::{
    Domain,
    Protocol,
    Socket,
    Type, //
};

/// Does something in the namespace that `ip netns` knows by a name.
pub fn inside<T>(name: &str, what: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let own = File::open("/proc/self/ns/net")?;
    setns(
        File::open(format!("/run/netns/{name}"))?,
        CloneFlags::CLONE_NEWNET,
    )?;
    let done = what();
    setns(own, CloneFlags::CLONE_NEWNET)?;
    done
}

/// Keeps this process on one processor, so that its packets do not overtake each other.
pub fn stay_on(cpu: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// A machine's wire for datagrams: whole packets out, and all that reach it.
pub struct Wire {
    name: String,
    out: Socket,
    incoming: Socket,
    room: Vec<u8>,
}

impl Wire {
    pub fn new(name: &str) -> io::Result<Self> {
        inside(name, || {
            let out = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(255)))?;
            out.set_send_buffer_size(1 << 23)?;
            let incoming = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::UDP))?;
            incoming.set_recv_buffer_size(1 << 23)?;
            incoming.set_nonblocking(true)?;
            Ok(Self {
                name: name.to_owned(),
                out,
                incoming,
                room: vec![0; 1 << 16],
            })
        })
    }

    pub fn send(&self, packet: &[u8], to: SocketAddrV4) -> io::Result<()> {
        match self.out.send_to(packet, &to.into()) {
            // An error of an earlier packet may be told with this one.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                self.out.send_to(packet, &to.into()).map(drop)
            }
            other => other.map(drop),
        }
    }

    /// The next packet, if one has come.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            match (&self.incoming).read(&mut self.room) {
                Ok(len) => return Ok(Some(&self.room[..len])),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What the kernel says of the machine's raw sockets: the last figure of each is what it had no room for.
    pub fn sockets(&self) -> io::Result<String> {
        inside(&self.name, || fs::read_to_string("/proc/net/raw"))
    }
}

/// A server's socket.
pub fn listen(name: &str, at: SocketAddr) -> io::Result<TcpListener> {
    inside(name, || TcpListener::bind(at))
}
