// SPDX-License-Identifier: GPL-2.0

//! `flood udp|tcp SEED SECONDS ROUND NAME=VALUE...` sends good and bad SIP through a gateway, in both
//! directions, and looks at all that comes out of it. It prints what is wrong, and a line of totals.
//!
//! The same seed makes the same input; ROUND is the first one. The values are those of [`Plan`].

mod datagrams;
mod dialog;
mod judge;
mod mutation;
mod packet;
mod patience;
mod place;
mod random;
mod report;
mod streams;
#[path = "../../tests/alg/vectors/whole.rs"]
mod whole;

use std::collections::HashMap;
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::{
    Duration,
    Instant, //
};
use std::{
    env,
    error::Error, //
};

use datagrams::Datagrams;
use report::Report;
use streams::Streams;

/// Where it is sent: machines by the names of their namespaces, and ports of the server.
pub struct Plan {
    pub seed: u64,
    pub phone_name: String,
    pub server_name: String,
    pub phone: IpAddr,
    pub public: IpAddr,
    pub server: IpAddr,
    /// The one whose connections have the helper.
    pub test_port: u16,
    /// One whose connections have none.
    pub control_port: u16,
    /// Whether the gateway has other addresses outside, so that messages change on their way.
    pub translates: bool,
    /// How long something may take that ought to happen at once.
    pub patience: Duration,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [transport, seed, seconds, first, values @ ..] = arguments.as_slice() else {
        return Err("flood udp|tcp SEED SECONDS ROUND NAME=VALUE...".into());
    };
    let values: HashMap<_, _> = values
        .iter()
        .filter_map(|value| value.split_once('='))
        .collect();
    let value = |name: &str| {
        values
            .get(name)
            .copied()
            .ok_or(format!("{name} is not given"))
    };
    let plan = Plan {
        seed: seed.parse()?,
        phone_name: value("phone_name")?.to_owned(),
        server_name: value("server_name")?.to_owned(),
        phone: value("phone")?.parse()?,
        public: value("public")?.parse()?,
        server: value("server")?.parse()?,
        test_port: value("test_port")?.parse()?,
        control_port: value("control_port")?.parse()?,
        translates: value("translates")? == "1",
        patience: Duration::from_secs(value("patience")?.parse()?),
    };
    place::stay_on(value("cpu")?.parse()?)?;
    let end = Instant::now() + Duration::from_secs(seconds.parse()?);
    let mut report = Report::default();
    let mut number = first.parse()?;
    let mut rounds = 0;
    let mut datagrams = Datagrams::new(&plan)?;
    let mut streams = Streams::new(&plan)?;
    while Instant::now() < end && !report.is_enough() {
        match transport.as_str() {
            "udp" => datagrams.round(number, &mut report)?,
            _ => streams.round(number, &mut report)?,
        }
        number += 1;
        rounds += 1;
    }
    report.print(rounds);
    Ok(match report.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
