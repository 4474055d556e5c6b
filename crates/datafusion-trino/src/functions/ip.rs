//! IP addresses, which are text here: `contains(network, address)`.

use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use datafusion::common::{Result, exec_datafusion_err};

use super::scalar::Call;

/// Whether a network like `10.0.0.0/8` holds an address.
pub(crate) fn contains(call: &Call) -> Result<ArrayRef> {
    let (networks, addresses) = (call.text(0), call.text(1));
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let network = Network::parse(networks.value(row))
            .ok_or_else(|| exec_datafusion_err!("Invalid CIDR: {}", networks.value(row)))?;
        // CloudTrail's source addresses may be names of services, which are in no network.
        Ok(Some(addresses.value(row).parse().is_ok_and(|address| network.holds(address))))
    });
    Ok(Arc::new(found.collect::<Result<BooleanArray>>()?))
}

struct Network {
    address: u128,
    bits: u32,
}

/// IPv4 as the part of IPv6 it is mapped to.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, bits) = text.trim().split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok()?;
        let bits = match address {
            IpAddr::V4(_) => (bits <= 32).then_some(bits + 96)?,
            IpAddr::V6(_) => (bits <= 128).then_some(bits)?,
        };
        Some(Network { address: number(address), bits })
    }

    fn holds(&self, address: IpAddr) -> bool {
        let differing = self.address ^ number(address);
        differing.checked_shr(128 - self.bits).unwrap_or(0) == 0
    }
}
